import { QmpError } from '../base/errors.ts';
import type { ACPIOSTInfo } from '../generated/types.ts';
import type { SciCause } from '../guest/platform.ts';
import type { MemoryRegion } from '../memory/region.ts';
import type { X86Cpu } from './cpu.ts';
import type { PcMachine } from './machine.ts';

/** Offsets of the registers (QEMU, docs/specs/acpi_cpu_hotplug). */
const REGISTERS = { select: 0, flags: 4, command: 5, data: 8 } as const;
const REGISTERS_SIZE = 12n;

/** Bits of the flags: what is so, and what the guest has taken note of. */
const ENABLED = 1;
const INSERTING = 2;
const REMOVING = 4;
const EJECT = 8;

/** What the data register is about. */
const COMMAND = { nextEvent: 0, ostEvent: 1, ostStatus: 2, architectureId: 3 } as const;

/** What a processor's place has to tell. */
class PlaceState {
  cpu: X86Cpu | undefined;
  inserting = false;
  removing = false;
  ostEvent = 0;
  ostStatus = 0;
}

/**
 * Processor hotplug by ACPI. At first the registers are the old ones, a bit for each processor that is there, with
 * which none can leave; a guest that knows the others switches over by a write to the first of them.
 */
export class AcpiCpuHotplug {
  readonly #places: readonly PlaceState[];
  readonly #region: MemoryRegion;
  #isLegacy = true;
  #selected = 0;
  #command: number = COMMAND.nextEvent;

  /**
   * @param region of the old registers
   * @param raiseEvent something for the guest to look at: general-purpose event 2
   */
  constructor(
    private readonly machine: PcMachine,
    region: MemoryRegion,
    private readonly raiseEvent: (cause: SciCause) => void,
  ) {
    this.#places = machine.processors.places.map(() => new PlaceState());
    for (const cpu of machine.processors.all) this.add(cpu, false);
    this.#region = region;
    region.registers = {
      read: (offset, size) => (this.#isLegacy ? this.#present(offset, size) : this.#read(offset)),
      write: (offset, _size, value) => this.#write(offset, value),
    };
  }

  /** Whether the guest has not switched over yet. */
  get isLegacy(): boolean {
    return this.#isLegacy;
  }

  get placeCount(): number {
    return this.#places.length;
  }

  /** What the guest said of each place. */
  get status(): readonly ACPIOSTInfo[] {
    return this.#isLegacy ? [] : this.#places.map(describe);
  }

  /** @param tell whether the guest has to know, for a processor that comes while it runs */
  add(cpu: X86Cpu, tell: boolean): void {
    const state = this.#places[cpu.index];
    if (state === undefined) return;
    state.cpu = cpu;
    if (!tell) return;
    state.inserting = !this.#isLegacy;
    this.#raise(cpu);
  }

  /** May be repeated: the guest is told once more. @throws QmpError before the guest has switched over */
  requestRemoval(cpu: X86Cpu): void {
    const state = this.#places[cpu.index];
    if (this.#isLegacy || state === undefined)
      throw new QmpError(`acpi: device unplug request for not supported device type: ${cpu.type.name}`);
    state.removing = true;
    this.#raise(cpu);
  }

  #raise({ index, id }: X86Cpu): void {
    this.raiseEvent({ place: { processor: index }, device: id });
  }

  /** The old registers: a bit for each local APIC's id. */
  #present(offset: number, size: number): number {
    let bits = 0;
    for (const { cpu } of this.#places) {
      const bit = cpu === undefined ? -1 : cpu.apicId - offset * 8;
      if (bit >= 0 && bit < size * 8) bits += 2 ** bit;
    }
    return bits;
  }

  #read(offset: number): number {
    const state = this.#places[this.#selected];
    switch (offset) {
      case REGISTERS.flags:
        return flagsOf(state);
      case REGISTERS.data:
        if (this.#command === COMMAND.nextEvent) return this.#selected;
        return this.#command === COMMAND.architectureId ? (state?.cpu?.apicId ?? 0) : 0;
      default:
        return 0;
    }
  }

  #write(offset: number, value: number): void {
    if (this.#isLegacy) {
      if (offset === REGISTERS.select && value === 0) this.switchOver();
      return;
    }
    const state = this.#places[this.#selected];
    switch (offset) {
      case REGISTERS.select:
        if (value < this.#places.length) this.#selected = value;
        return;
      case REGISTERS.flags:
        if (state !== undefined) this.#control(state, value);
        return;
      case REGISTERS.command:
        this.#command = value;
        if (value === COMMAND.nextEvent) this.#selectNextEvent();
        return;
      case REGISTERS.data:
        if (state !== undefined) this.#tell(state, value);
    }
  }

  /** From the old registers to the others; there is no way back. */
  switchOver(): void {
    this.#isLegacy = false;
    this.#region.size = REGISTERS_SIZE;
  }

  /** The next place, from the selected one on, where something has come or is to go. */
  #selectNextEvent(): void {
    for (let step = 0; step < this.#places.length; step++) {
      const index = (this.#selected + step) % this.#places.length;
      if ((flagsOf(this.#places[index]) & (INSERTING | REMOVING)) === 0) continue;
      this.#selected = index;
      return;
    }
  }

  /** One thing at a time. */
  #control(state: PlaceState, value: number): void {
    if ((value & INSERTING) !== 0) state.inserting = false;
    else if ((value & REMOVING) !== 0) state.removing = false;
    else if ((value & EJECT) !== 0) {
      const { cpu } = state;
      state.cpu = undefined;
      cpu?.remove();
    }
  }

  #tell(state: PlaceState, value: number): void {
    if (this.#command === COMMAND.ostEvent) {
      state.ostEvent = value;
    } else if (this.#command === COMMAND.ostStatus) {
      state.ostStatus = value;
      this.machine.events.emit('ACPI_DEVICE_OST', { info: describe(state, this.#selected) });
    }
  }
}

function flagsOf(state: PlaceState | undefined): number {
  if (state === undefined) return 0;
  const { cpu, inserting, removing } = state;
  return (cpu === undefined ? 0 : ENABLED) | (inserting ? INSERTING : 0) | (removing ? REMOVING : 0);
}

function describe({ cpu, ostEvent, ostStatus }: PlaceState, place: number): ACPIOSTInfo {
  return {
    ...(cpu?.id === undefined ? {} : { device: cpu.id }),
    slot: String(place),
    'slot-type': 'CPU',
    source: ostEvent,
    status: ostStatus,
  };
}
