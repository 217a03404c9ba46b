import { QmpError } from '../base/errors.ts';
import type { SciCause } from '../guest/platform.ts';
import type { RegisterAccess } from '../memory/region.ts';
import type { PciBus } from '../pci/bus.ts';
import { PciDevice } from '../pci/device.ts';
import { PciBridge } from '../pci/pci-bridge.ts';
import { acpiIndex } from '../pci/properties.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';

/** Offsets of the registers (QEMU, docs/specs/acpi_pci_hotplug). */
const UP = 0;
const DOWN = 4;
const EJECT = 8;
const REMOVABLE = 12;
const SELECT = 16;
const INDEX = 20;

/** What systemd can make a name of. */
const MAX_ACPI_INDEX = 16383;
const ALL_SLOTS = 0xffffffff;

/** What the slots of one bus have to tell, one bit each. */
class BusState {
  up = 0;
  down = 0;
  removable = ALL_SLOTS;

  constructor(readonly bus: PciBus) {}
}

/** What the controller needs of the southbridge it is in. */
export interface AcpiPciHotplugOwner {
  readonly hotplugObject: PciDevice;
  /** Whether it also serves buses behind bridges, in place of their own controllers. */
  readonly servesBridges: boolean;
  /** Whether it serves the bus of the host bridge itself. */
  readonly servesRoot: boolean;
  /** Something for the guest to look at: general-purpose event 1. */
  raiseEvent(cause: SciCause): void;
}

/**
 * PCI hotplug by ACPI: the guest is told by an event, looks up in these registers which slots came or are
 * to go, and lets go of a slot by ejecting it.
 */
export class AcpiPciHotplug implements HotplugHandler {
  /** By number; numbers are given when the machine is complete, and not to buses that come later. */
  readonly #buses: BusState[] = [];
  readonly #acpiIndexes = new Map<number, PciDevice>();
  /** Run time at which a device was last asked to go, ms. */
  readonly #asked = new WeakMap<Device, bigint>();
  #selected = 0;
  #queriedIndex = 0;

  constructor(
    private readonly owner: AcpiPciHotplugOwner,
    private readonly root: PciBus,
  ) {
    root.hotplugHandler = this;
  }

  get hotplugObject(): PciDevice {
    return this.owner.hotplugObject;
  }

  /** Numbers of the buses it serves, as the DSDT has them. */
  get busNumbers(): readonly number[] {
    return [...this.#buses.keys()];
  }

  readonly registers: RegisterAccess = {
    read: offset => this.#read(offset),
    write: (offset, _size, value) => this.#write(offset, value),
  };

  prePlug(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    if (device.hotplugged && this.#stateOf(device.bus) === undefined) throw unsupportedBus();
    const index = device.value(acpiIndex);
    if (index === 0) return;
    if (index > MAX_ACPI_INDEX) throw new QmpError(`acpi-index should be less or equal to ${MAX_ACPI_INDEX}`);
    if (this.#acpiIndexes.has(index))
      throw new QmpError(`a PCI device with acpi-index = ${index} already exist`);
    this.#acpiIndexes.set(index, device);
    device.onFinalize(() => this.#acpiIndexes.delete(index));
  }

  plug(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    if (!device.hotplugged) {
      if (device instanceof PciBridge && this.owner.servesBridges) this.#takeOver(device);
      return;
    }
    const state = this.#stateOf(device.bus);
    if (state === undefined) return;
    state.up |= 1 << device.slot;
    this.#raiseEvent(state, device);
  }

  /** In place of the bridge's own controller; a port that wants no hotplug has none at all. */
  #takeOver({ secondaryBus, takesHotplug }: PciBridge): void {
    secondaryBus.hotplugHandler = takesHotplug ? this : undefined;
    secondaryBus.shownHotplugHandler = undefined;
  }

  unplugRequest(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    const state = this.#stateOf(device.bus);
    if (state === undefined) throw unsupportedBus();
    this.#asked.set(device, milliseconds(device));
    state.down |= 1 << device.slot;
    this.#raiseEvent(state, device);
  }

  #raiseEvent(state: BusState, { devfn, id }: PciDevice): void {
    this.owner.raiseEvent({ place: { bus: this.#buses.indexOf(state), devfn }, device: id });
  }

  /** A guest that was not up yet may have missed the request: it can be repeated as soon as time passes. */
  isUnplugPending(device: Device): boolean {
    const asked = this.#asked.get(device);
    return asked !== undefined && (asked === 0n || asked > milliseconds(device));
  }

  /** Machine reset: whatever was asked to go goes. */
  reset(): void {
    if (!this.owner.servesRoot) this.root.hotplugHandler = undefined;
    if (this.#buses.length === 0) this.#numberBuses();
    for (const [number, state] of this.#buses.entries()) {
      while (state.down !== 0) this.#eject(number, state.down);
      state.up = 0;
      state.removable = ALL_SLOTS;
      for (const device of state.bus.functions)
        if (!isEjectable(device)) state.removable &= ~(1 << device.slot);
    }
    this.#selected = 0;
  }

  /** Depth first; of the bridges on a bus the newest comes first. */
  #numberBuses(): void {
    const visit = (bus: PciBus) => {
      if (bus.isHotpluggable) this.#number(bus);
      for (const device of bus.devices) if (device instanceof PciBridge) visit(device.secondaryBus);
    };
    visit(this.root);
  }

  /** The number is how the ACPI tables call the bus. */
  #number(bus: PciBus): void {
    const number = this.#buses.push(new BusState(bus)) - 1;
    bus.addProperty({ name: 'acpi-pcihp-bsel', type: 'uint32', get: () => number });
  }

  #stateOf(bus: PciBus): BusState | undefined {
    return this.#buses.find(state => state.bus === bus);
  }

  #read(offset: number): number {
    const state = this.#buses[this.#selected];
    if (state === undefined) return 0;
    switch (offset) {
      case UP: {
        const { up } = state;
        state.up = 0;
        return up >>> 0;
      }
      case DOWN:
        return state.down >>> 0;
      case REMOVABLE:
        return state.removable >>> 0;
      case SELECT:
        return this.#selected;
      case INDEX:
        return this.#queriedIndex;
      default:
        return 0;
    }
  }

  #write(offset: number, value: number): void {
    switch (offset) {
      case EJECT:
        this.#eject(this.#selected, value);
        return;
      case SELECT:
        this.#selected = value;
        return;
      case INDEX:
        this.#queriedIndex = this.#buses[this.#selected]?.bus.at(value << 3)?.value(acpiIndex) ?? 0;
    }
  }

  /** Empties the lowest of the slots. */
  #eject(busNumber: number, slots: number): void {
    const state = this.#buses[busNumber];
    if (state === undefined || slots === 0) return;
    const slot = 31 - Math.clz32(slots & -slots);
    state.down &= ~(1 << slot);
    state.up &= ~(1 << slot);
    for (const device of [...state.bus.devices]) {
      if (!(device instanceof PciDevice) || device.slot !== slot || !isEjectable(device)) continue;
      this.#asked.delete(device);
      device.remove();
    }
  }
}

/** Bridges of the start are described in the DSDT, and stay. */
function isEjectable(device: PciDevice): boolean {
  return device.hotpluggable && (!device.isBridge || device.hotplugged);
}

/** For which the guest has run when a device asks. */
function milliseconds({ system }: Device): bigint {
  return system.runTime() / 1_000_000n;
}

function unsupportedBus(): QmpError {
  return new QmpError("Unsupported bus. Bus doesn't have property 'acpi-pcihp-bsel' set");
}
