import { QmpError } from '../base/errors.ts';
import type { PciBus } from '../pci/bus.ts';
import { DEVFN_COUNT, devfnOf, functionOf, slotOf } from '../pci/devfn.ts';
import { PciDevice } from '../pci/device.ts';
import { chassisNr, PciBridge } from '../pci/pci-bridge.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { listProperties } from '../qom/listing-order.ts';
import { DrConnector, drcIndexOf, PciDrConnector } from './dr-connector.ts';
import type { ConnectorRange } from './dr-connectors.ts';
import type { SpaprMachine } from './machine.ts';
import type { SpaprPhb } from './phb.ts';
import { dynamicReconfiguration } from './phb-properties.ts';

const FUNCTIONS_PER_SLOT = 8;
/** Chassis of the slots directly below the host bridge. */
const MAIN_CHASSIS = 0;

/**
 * Coming and going of PCI functions below one host bridge. Each place has a connector; the guest is told
 * of a whole slot, when its function 0 comes or is asked to go.
 */
export class PciHotplug implements HotplugHandler {
  /** By chassis: the places of the functions of its bus, in the order of devfns. */
  readonly #places = new Map<number, ConnectorRange>();

  constructor(
    private readonly phb: SpaprPhb,
    private readonly machine: SpaprMachine,
  ) {}

  get hotplugObject(): SpaprPhb {
    return this.phb;
  }

  /** Makes the connectors of a bus's functions, as children of the bus's owner. */
  addConnectors(bus: PciBus, owner: Device): void {
    if (!this.phb.value(dynamicReconfiguration)) return;
    const chassis = chassisOf(bus);
    const base = (this.phb.index << 16) | (chassis << 8);
    const first = drcIndexOf('pci', base);
    const range: ConnectorRange = {
      owner,
      first,
      count: DEVFN_COUNT,
      type: 'spapr-drc-pci',
      hotplugged: owner.hotplugged,
      make: index => new PciDrConnector(owner, base + index - first, this.machine),
    };
    this.machine.connectors.cover(range);
    this.#places.set(chassis, range);
    if (owner !== this.phb) owner.onParting(() => this.#partingOf(owner));
  }

  /** A client is told of each connector of a bridge, in the order of QEMU's table of the bridge's properties. */
  #partingOf(owner: Device): () => void {
    const parts = listProperties(owner).map(({ target }) => target?.(owner));
    return () => {
      for (const part of parts.reverse()) if (part instanceof DrConnector) part.remove();
    };
  }

  /** For the bridge that goes: everything below it is gone already. */
  removeConnectors(): void {
    const { connectors } = this.machine;
    for (const range of this.#places.values()) {
      const { owner, first, count } = range;
      // A client is told of each that goes with the bridge, also of those that were never made.
      const leaving =
        owner === this.phb ? Array.from({ length: count }, (_, i) => connectors.get(first + i)) : [];
      connectors.uncover(range);
      for (const connector of leaving.reverse()) connector?.remove();
    }
    this.#places.clear();
  }

  prePlug(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    if (!this.phb.value(dynamicReconfiguration)) {
      if (device.hotplugged) throw this.#noHotplug();
      return;
    }
    if (device.isBridge) this.#checkChassis(device);
    // An address that is still to be chosen (-1) counts as the last function of slot 31.
    const { slot, functionNumber, bus } = device;
    const first = bus.at(devfnOf(slot, 0));
    if (device.hotplugged && first !== undefined && functionNumber !== 0) {
      throw new QmpError(
        `PCI: slot ${slot} function 0 already occupied by ${first.type.name}, additional functions can no longer be exposed to guest.`,
      );
    }
    const occupant = device.devfn < 0 ? undefined : this.#occupied(bus, device.devfn)?.device;
    if (occupant !== undefined)
      throw new QmpError(`PCI: slot ${slot} already occupied by ${occupant.type.name}`);
  }

  plug(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    if (device instanceof PciBridge) {
      // Where the bridge has a hotplug controller, this one takes its place; else nothing comes and goes behind.
      if (device.secondaryBus.isHotpluggable) device.secondaryBus.hotplugHandler = this;
      this.addConnectors(device.secondaryBus, device);
    }
    this.phb.functionPlugged(device);
    const connector = this.#connector(device.bus, device.devfn);
    if (connector === undefined) return;
    connector.attach(device);
    if (!device.hotplugged) {
      connector.onReset();
      return;
    }
    if (device.functionNumber !== 0) return;
    for (const each of this.#slotConnectors(device)) {
      if (each.device !== undefined) this.machine.notifyHotplug('add', each);
    }
  }

  unplugRequest(device: Device): void {
    if (!(device instanceof PciDevice)) return;
    const connector = this.#connector(device.bus, device.devfn);
    if (connector === undefined) throw this.#noHotplug();
    // Taken out of service, given another address, and put back.
    if (connector.device !== device)
      throw new QmpError(`The guest does not know device ${device.id ?? '(null)'} at this address`);
    if (connector.unplugRequested) {
      throw new QmpError(`PCI device unplug already in progress for device ${device.id ?? '(null)'}`);
    }
    if (device.isBridge) throw new QmpError('PCI: Hot unplug of PCI bridges not supported');
    if (functionOf(device.devfn) !== 0) {
      connector.requestUnplug();
      return;
    }
    // The slot goes as a whole: whatever else is in it is asked to go along.
    const slot = this.#slotConnectors(device);
    for (const other of slot) {
      if (other !== connector && other.device !== undefined && !other.unplugRequested) other.requestUnplug();
    }
    connector.requestUnplug();
    for (const each of [...slot].reverse()) {
      if (each.device !== undefined) this.machine.notifyHotplug('remove', each);
    }
  }

  /** QEMU names the bridge's type, not the bus. */
  #noHotplug(): QmpError {
    return new QmpError(`Bus '${this.phb.type.name}' does not support hotplugging`);
  }

  /** The place of a function; undefined on a bridge whose functions stay. */
  connectorOf(device: PciDevice): DrConnector | undefined {
    return this.#connector(device.bus, device.devfn);
  }

  #connector(bus: PciBus, devfn: number): DrConnector | undefined {
    const range = this.#places.get(chassisOf(bus));
    return range && this.machine.connectors.get(range.first + devfn);
  }

  /** The connector of a function that is there, or was. */
  #occupied(bus: PciBus, devfn: number): DrConnector | undefined {
    const range = this.#places.get(chassisOf(bus));
    return range && this.machine.connectors.peek(range.first + devfn);
  }

  /** Of the functions in a device's slot that are there. */
  #slotConnectors({ bus, devfn }: PciDevice): readonly DrConnector[] {
    const first = devfnOf(slotOf(devfn), 0);
    return Array.from({ length: FUNCTIONS_PER_SLOT }, (_, index) =>
      this.#occupied(bus, first + index),
    ).flatMap(connector => (connector?.device === undefined ? [] : [connector]));
  }

  #checkChassis(bridge: PciDevice): void {
    const chassis = bridge instanceof PciBridge ? bridge.value(chassisNr) : MAIN_CHASSIS;
    if (chassis === MAIN_CHASSIS) {
      throw new QmpError(
        'PCI Bridge lacks a "chassis_nr" property',
        'GenericError',
        'Try -device pci-bridge instead.',
      );
    }
    // The number is the whole machine's, although every host bridge has connectors of its own.
    if (this.machine.phbs.some(({ hotplug }) => hotplug.hasChassis(chassis)))
      throw new QmpError(`Bridge chassis ${chassis} already in use`);
  }

  /** Whether a bridge below this host bridge has the number. */
  hasChassis(chassis: number): boolean {
    return this.#places.has(chassis);
  }
}

/** The chassis number of a bus: its bridge's, or the main chassis. */
function chassisOf(bus: PciBus): number {
  return bus.owner instanceof PciBridge ? bus.owner.value(chassisNr) : MAIN_CHASSIS;
}
