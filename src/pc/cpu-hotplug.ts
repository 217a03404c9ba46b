import { QmpError } from '../base/errors.ts';
import { smp } from '../machine/properties.ts';
import type { Topology } from '../machine/topology.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import type { QdevProperty } from '../qdev/properties.ts';
import type { AcpiCpuHotplug } from './acpi-cpu-hotplug.ts';
import { X86Cpu } from './cpu.ts';
import { apicIdOf, type CpuPlace, indexOf, placeOfApicId } from './cpu-places.ts';
import { apicId, coreId, dieId, nodeId, socketId, threadId } from './cpu-properties.ts';
import type { PcMachine } from './machine.ts';
import { acpi } from './machine-properties.ts';

const UNSET = -1;
const APIC_ID_UNSET = 0xffffffff;

/** How each level is called, and by how many its numbers are limited. */
const LEVELS: readonly (readonly [
  level: keyof CpuPlace,
  property: QdevProperty<number>,
  count: (topology: Topology) => number,
])[] = [
  ['socket', socketId, ({ maxCpus, dies, cores, threads }) => Math.floor(maxCpus / (dies * cores * threads))],
  ['die', dieId, ({ dies }) => dies],
  ['core', coreId, ({ cores }) => cores],
  ['thread', threadId, ({ threads }) => threads],
];

/** Coming and going of processors on PCs: the machine's business, and told to the guest by ACPI. */
export class CpuHotplug implements HotplugHandler {
  constructor(
    private readonly machine: PcMachine,
    private readonly registers: AcpiCpuHotplug,
  ) {}

  get hotplugObject(): PcMachine {
    return this.machine;
  }

  prePlug(device: Device): void {
    if (!(device instanceof X86Cpu)) return;
    const { machine } = this;
    const topology = machine.value(smp);
    const { name: expected } = machine.processors.type;
    if (device.type.name !== expected)
      throw new QmpError(`Invalid CPU type, expected cpu type: '${expected}'`);
    if (device.value(apicId) === APIC_ID_UNSET)
      device.setValue(apicId, apicIdOf(givenPlace(device, topology), topology));
    const id = device.value(apicId);
    const place = placeOfApicId(id, topology);
    const index = indexOf(place, topology);
    if (index === undefined) {
      const { socket, die, core, thread } = place;
      throw new QmpError(
        `Invalid CPU [socket: ${socket}, die: ${die}, core: ${core}, thread: ${thread}] with APIC ID ${id}, valid index range 0:${topology.maxCpus - 1}`,
      );
    }
    if (machine.processors.at(index) !== undefined)
      throw new QmpError(`CPU[${index}] with APIC ID ${id} exists`);
    settlePlace(device, place);
    const node = machine.numa.nodeOf(index) ?? 0;
    // Who does not say where, means where it belongs.
    if (device.value(nodeId) !== UNSET && device.value(nodeId) !== node)
      throw new QmpError(`invalid node-id, must be ${node}`);
    if (machine.numa.nodeOf(index) !== undefined) device.setValue(nodeId, node);
    device.index = index;
  }

  plug(device: Device): void {
    if (!(device instanceof X86Cpu)) return;
    this.machine.addProcessor(device);
    this.registers.add(device, device.hotplugged);
  }

  unplugRequest(device: Device): void {
    if (!(device instanceof X86Cpu)) return;
    if (this.machine.value(acpi) === 'off') throw new QmpError('CPU hot unplug not supported without ACPI');
    if (device.index === 0) throw new QmpError('Boot CPU is unpluggable');
    this.registers.requestRemoval(device);
  }
}

/** @throws QmpError unless every level is given, as far as there is a choice */
function givenPlace(device: X86Cpu, topology: Topology): CpuPlace {
  const place = { socket: 0, die: 0, core: 0, thread: 0 };
  if (device.value(dieId) < 0 && topology.dies === 1) device.setValue(dieId, 0);
  for (const [level, property, count] of LEVELS) {
    const number = device.value(property);
    const last = count(topology) - 1;
    if (number < 0) throw new QmpError(`CPU ${property.name} is not set`);
    if (number > last)
      throw new QmpError(`Invalid CPU ${property.name}: ${number} must be in range 0:${last}`);
    place[level] = number;
  }
  return place;
}

/** @throws QmpError if what was given as well is not what the local APIC's id says */
function settlePlace(device: X86Cpu, place: CpuPlace): void {
  for (const [level, property] of LEVELS) {
    const given = device.value(property);
    const { name } = property;
    if (given !== UNSET && given !== place[level]) {
      const id = device.value(apicId).toString(16);
      throw new QmpError(
        `property ${name}: ${given} doesn't match set apic-id: 0x${id} (${name}: ${place[level]})`,
      );
    }
    device.setValue(property, place[level]);
  }
}
