import { QmpError } from '../base/errors.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { slotOf } from './devfn.ts';
import { PciDevice } from './device.ts';

const FIRST_SLOT = 1;
const LAST_SLOT = 31;

/**
 * The hot-plug controller of a bridge (PCI Standard Hot-Plug Controller 1.0). No guest here has a driver
 * for it: a slot is powered if it was occupied at reset, and stays off if it was filled later.
 */
export class StandardHotplug implements HotplugHandler {
  readonly #poweredSlots = new Set<number>();

  /** @param hotplugObject the bridge whose secondary bus this is about */
  constructor(readonly hotplugObject: PciDevice) {}

  plug(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    const slot = validSlot(device);
    if (!device.hotplugged) this.#poweredSlots.add(slot);
  }

  /** A slot without power is emptied at once; of one with power the guest is asked, in vain. */
  unplugRequest(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    const slot = validSlot(device);
    if (this.#poweredSlots.has(slot)) return;
    for (const each of [...device.bus.devices])
      if (each instanceof PciDevice && each.slot === slot) each.remove();
  }

  /** Machine reset: what is there gets power. */
  reset(present: readonly PciDevice[]): void {
    this.#poweredSlots.clear();
    for (const { slot } of present) this.#poweredSlots.add(slot);
  }
}

function validSlot({ devfn }: PciDevice): number {
  const slot = slotOf(devfn);
  if (slot >= FIRST_SLOT) return slot;
  throw new QmpError(
    `Unsupported PCI slot ${slot} for standard hotplug controller. Valid slots are between ${FIRST_SLOT} and ${LAST_SLOT}.`,
  );
}
