import { QmpError } from '../base/errors.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { PciDevice } from './device.ts';
import type { PcieSlot } from './pcie-slot.ts';

/** For so long a guest that pressed the button away may take it back: a second request would do just that. */
const SECOND_THOUGHTS_NS = 5_000_000_000n;

/**
 * Hotplug by a port's own slot registers (PCI Express 4.0, 6.7). What comes is shown to the guest as if
 * somebody had put a card in and pressed the attention button; what is to go, by the button alone. It goes
 * when the guest switches the slot off, with everything that is in it.
 */
export class PcieHotplug implements HotplugHandler {
  /** Until when a repeated request is refused, ns of the guest's running time. */
  readonly #pendingUntil = new WeakMap<Device, bigint>();

  constructor(readonly hotplugObject: PcieSlot) {}

  prePlug(device: Device): void {
    if (device.hotplugged) this.#checkCapable('Hot-plug');
  }

  plug(device: Device): void {
    if (!(device instanceof PciDevice) || !device.hotplugged) return;
    if (device.bus.revealing(device.devfn) !== undefined) this.hotplugObject.cardArrived(device);
  }

  unplugRequest(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    this.#checkCapable('Hot-unplug');
    const slot = this.hotplugObject;
    if (slot.isBlinking) throw new QmpError('Hot-unplug failed: guest is busy (power indicator blinking)');
    this.#pendingUntil.set(device, device.system.runTime() + SECOND_THOUGHTS_NS);
    // The guest knows nothing of functions without a function 0.
    if (device.devfn !== 0 && device.bus.at(0) === undefined) device.remove();
    else if (slot.isOff) slot.empty();
    else slot.pressButton(device);
  }

  isUnplugPending(device: Device): boolean {
    const until = this.#pendingUntil.get(device);
    return until !== undefined && until > device.system.runTime();
  }

  #checkCapable(what: string): void {
    const { isHotplugCapable, id } = this.hotplugObject;
    if (!isHotplugCapable)
      throw new QmpError(`${what} failed: unsupported by the port device '${id ?? '(null)'}'`);
  }
}
