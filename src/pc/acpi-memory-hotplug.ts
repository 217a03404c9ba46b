import { QmpError } from '../base/errors.ts';
import type { ACPIOSTInfo } from '../generated/types.ts';
import type { SciCause } from '../guest/platform.ts';
import { nvdimmStays, PcDimm } from '../machine/pc-dimm.ts';
import { memory } from '../machine/properties.ts';
import type { RegisterAccess } from '../memory/region.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import type { PcMachine } from './machine.ts';
import { acpi, nvdimm } from './machine-properties.ts';

/** Offsets of the registers (QEMU, docs/specs/acpi_mem_hotplug), read and written ones in the same places. */
const READ = { addressLow: 0, addressHigh: 4, sizeLow: 8, sizeHigh: 12, node: 16, status: 20 } as const;
const WRITE = { select: 0, ostEvent: 4, ostStatus: 8, control: 20 } as const;
export const MEMORY_HOTPLUG_SIZE = 24;

/** Bits of status and control: what is so, and what the guest has taken note of. */
const ENABLED = 1;
const INSERTING = 2;
const REMOVING = 4;
const EJECT = 8;

/** What a slot for memory has to tell. */
class SlotState {
  dimm: PcDimm | undefined;
  inserting = false;
  removing = false;
  ostEvent = 0;
  ostStatus = 0;
}

/**
 * Memory hotplug by ACPI: the guest is told by an event, looks up in these registers which modules came or are
 * to go, tells what it made of it, and lets go of a module by ejecting it.
 */
export class AcpiMemoryHotplug implements HotplugHandler {
  readonly #slots: readonly SlotState[];
  #selected = 0;

  /** @param raiseEvent something for the guest to look at: general-purpose event 3 */
  constructor(
    private readonly machine: PcMachine,
    private readonly raiseEvent: (cause: SciCause) => void,
  ) {
    this.#slots = Array.from({ length: Number(machine.value(memory).slots) }, () => new SlotState());
  }

  get slotCount(): number {
    return this.#slots.length;
  }

  readonly registers: RegisterAccess = {
    read: offset => this.#read(offset),
    write: (offset, _size, value) => this.#write(offset, value),
  };

  prePlug(device: Device): void {
    if (!(device instanceof PcDimm)) return;
    if (this.machine.value(acpi) === 'off')
      throw new QmpError('memory hotplug is not enabled: missing acpi device or acpi disabled');
    if (device.persistence !== undefined && !this.machine.value(nvdimm.enabled))
      throw new QmpError("nvdimm is not enabled: missing 'nvdimm' in '-M'");
    this.machine.memoryDevices.place(device);
  }

  plug(device: Device): void {
    const state = this.#stateOf(device);
    if (state === undefined || !(device instanceof PcDimm)) return;
    state.dimm = device;
    if (!device.hotplugged) return;
    state.inserting = true;
    this.#raise(device);
  }

  /** May be repeated: the guest is told once more. */
  unplugRequest(device: Device): void {
    if (device instanceof PcDimm && device.persistence !== undefined) throw nvdimmStays();
    const state = this.#stateOf(device);
    if (state === undefined || !(device instanceof PcDimm)) return;
    state.removing = true;
    this.#raise(device);
  }

  /** Of modules whose contents stay the guest learns by other means. */
  #stateOf(device: Device): SlotState | undefined {
    return device instanceof PcDimm && device.persistence === undefined
      ? this.#slots[device.slot]
      : undefined;
  }

  #raise({ slot, id }: PcDimm): void {
    this.raiseEvent({ place: { memorySlot: slot }, device: id });
  }

  /** What the guest said of each slot. */
  get status(): readonly ACPIOSTInfo[] {
    return this.#slots.map(describe);
  }

  #read(offset: number): number {
    const { dimm, inserting, removing } = this.#slots[this.#selected] ?? new SlotState();
    const low = (value: bigint) => Number(value & 0xffffffffn);
    switch (offset) {
      case READ.addressLow:
        return low(dimm?.address ?? 0n);
      case READ.addressHigh:
        return low((dimm?.address ?? 0n) >> 32n);
      case READ.sizeLow:
        return low(dimm?.size ?? 0n);
      case READ.sizeHigh:
        return low((dimm?.size ?? 0n) >> 32n);
      case READ.node:
        return dimm?.node ?? 0;
      case READ.status:
        return (dimm === undefined ? 0 : ENABLED) | (inserting ? INSERTING : 0) | (removing ? REMOVING : 0);
      default:
        return 0xffffffff;
    }
  }

  #write(offset: number, value: number): void {
    if (offset === WRITE.select) {
      if (value < this.#slots.length) this.#selected = value;
      return;
    }
    const state = this.#slots[this.#selected];
    if (state === undefined) return;
    switch (offset) {
      case WRITE.ostEvent:
        state.ostEvent = value;
        return;
      case WRITE.ostStatus:
        state.ostStatus = value;
        this.machine.events.emit('ACPI_DEVICE_OST', { info: describe(state, this.#selected) });
        return;
      case WRITE.control:
        this.#control(state, value);
    }
  }

  /** One thing at a time. */
  #control(state: SlotState, value: number): void {
    if ((value & INSERTING) !== 0) state.inserting = false;
    else if ((value & REMOVING) !== 0) state.removing = false;
    else if ((value & EJECT) !== 0) {
      const { dimm } = state;
      state.dimm = undefined;
      dimm?.remove();
    }
  }
}

function describe({ dimm, ostEvent, ostStatus }: SlotState, slot: number): ACPIOSTInfo {
  return {
    ...(dimm?.id === undefined ? {} : { device: dimm.id }),
    slot: String(slot),
    'slot-type': 'DIMM',
    source: ostEvent,
    status: ostStatus,
  };
}
