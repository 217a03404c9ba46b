import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import type { DriveSlot } from '../block/drive-slots.ts';
import type { NicSlot } from '../net/nic-slots.ts';
import { devfnOf } from '../pci/devfn.ts';
import type { Bus } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import type { QomObject } from '../qom/object.ts';
import { JsonVisitor } from '../qom/visitor.ts';
import type { Machine } from './machine.ts';

/** Values of properties by name; those that are undefined stay as they are. */
export type PartValues = Readonly<Record<string, JsonValue | undefined>>;

/** Adds a device to a board that is being built. @throws QmpError */
export function addPart(machine: Machine, type: string, bus: Bus, values: PartValues = {}): Device {
  return addPartTo(machine.system.unattached, 'device[*]', type, bus, values);
}

function addPartTo(parent: QomObject, name: string, type: string, bus: Bus, values: PartValues): Device {
  const device = bus.type.registry.create(type);
  if (!(device instanceof Device)) throw new Error(`${type} is no device`);
  parent.addChild(name, device);
  for (const [property, value] of Object.entries(values))
    if (value !== undefined) device.setProperty(property, new JsonVisitor(value));
  device.realize(bus);
  return device;
}

const VIRTIO_MODELS: Readonly<Record<string, string>> = { virtio: 'virtio-net-pci' };

/** Adds a PCI adapter for a NIC that the user described. @throws QmpError if there is no such model */
export function addPciNic(machine: Machine, slot: NicSlot, defaultModel: string, bus: Bus): void {
  const model = slot.model ?? defaultModel;
  const type = machine.system.types.get(VIRTIO_MODELS[model] ?? model);
  if (type === undefined || type.class.category !== 'network' || !type.isA('pci-device') || type.abstract)
    throw new QmpError(`Unsupported NIC model: ${model}`);
  const hasVectors = type.properties.has('vectors');
  addPart(machine, type.name, bus, {
    ...nicValues(slot),
    addr: slot.addr === undefined ? undefined : devfnOf(parseSlot(slot.addr, model), 0),
    ...(hasVectors ? { vectors: slot.vectors } : {}),
  });
}

const SLOTS = 32;

/** @throws QmpError if there is no such slot on the first bus */
function parseSlot(text: string, model: string): number {
  const [, digits = ''] = /^(?:(?:0+:)?0+:)?([0-9a-f]+)$/i.exec(text) ?? [];
  const slot = Number.parseInt(digits, 16);
  if (!(slot < SLOTS)) throw new QmpError(`Invalid PCI device address ${text} for device ${model}`);
  return slot;
}

/** What an adapter takes over from the user's description; the NIC is then made. */
export function nicValues(slot: NicSlot): PartValues {
  slot.isMade = true;
  return { mac: slot.mac, netdev: slot.backend };
}

/**
 * Adds the disks and CD-ROM drives of one SCSI bus.
 * @param number of the bus, as drives count them
 * @throws QmpError where the drive does not do, saying for which option
 */
export function addScsiDrives(machine: Machine, bus: Bus, number: number): void {
  for (const slot of machine.blocks.slots.of('scsi')) {
    if (slot.bus !== number) continue;
    const type = slot.media === 'cdrom' ? 'scsi-cd' : 'scsi-hd';
    located(slot, () =>
      addPartTo(bus, `legacy[${slot.unit}]`, type, bus, { 'scsi-id': slot.unit, drive: slot.id }),
    );
  }
}

/** Names the option that asked for a drive in what is wrong with it. */
function located(slot: DriveSlot, step: () => void): void {
  try {
    step();
  } catch (error) {
    throw error instanceof QmpError ? error.at(slot.location) : error;
  }
}
