import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import { Members } from '../qom/members.ts';
import { boolValue, integerValue, linkValue, textValue, ValueProperty } from '../qom/values.ts';
import { INT64, type InputVisitor, UINT64 } from '../qom/visitor.ts';
import { type MemoryLayout, resolveMemory } from './memory-size.ts';
import { checkTopology, completeTopology, type SmpParameter, type Topology } from './topology.ts';
import './traits.ts';

/** Guest memory comes in multiples of this, bytes. */
const RAM_GRANULE = 8192n;

const int = (visitor: InputVisitor, name: string) => visitor.integer(name, INT64);
const uint = (visitor: InputVisitor, name: string) => visitor.integer(name, UINT64);
const text = (visitor: InputVisitor, name: string) => visitor.string(name);
const flag = (visitor: InputVisitor, name: string) => visitor.bool(name);

export const memory = new ValueProperty<MemoryLayout>({
  name: 'memory',
  type: 'MemorySizeConfiguration',
  description: 'Memory size configuration',
  initial: { size: 0n, slots: 0n, maxSize: 0n },
  parse: (visitor, machine) => {
    const members = new Members(visitor, 'memory');
    const [size, slots, maxSize] = ['size', 'slots', 'max-size'].map(name => members.take(name, uint));
    members.finish();
    const wanted = size ?? machine.type.class.machine?.defaultRamSize ?? 0n;
    const layout = resolveMemory({ size: wanted, slots, maxSize }, 0n);
    const aligned = BigInt.asUintN(64, layout.size + RAM_GRANULE - 1n) & ~(RAM_GRANULE - 1n);
    return { ...layout, size: aligned };
  },
  print: ({ size, slots, maxSize }): JsonValue =>
    slots > 0n ? { size, slots, 'max-size': maxSize } : { size },
});

const SMP_PARAMETERS: readonly SmpParameter[] = [
  'cpus',
  'sockets',
  'dies',
  'clusters',
  'cores',
  'threads',
  'maxcpus',
];

export const smp: ValueProperty<Topology> = new ValueProperty<Topology>({
  name: 'smp',
  type: 'SMPConfiguration',
  description: 'CPU topology',
  initial: { cpus: 1, maxCpus: 1, sockets: 1, dies: 1, clusters: 1, cores: 1, threads: 1 },
  parse: (visitor, machine) => {
    const members = new Members(visitor, 'smp');
    const request: Partial<Record<SmpParameter, number>> = {};
    for (const name of SMP_PARAMETERS) {
      const number = members.take(name, int);
      if (number !== undefined) request[name] = Number(number);
    }
    members.finish();
    const rules = machine.type.class.machine?.topology;
    if (rules === undefined || Object.keys(request).length === 0) return machine.value(smp);
    const topology = completeTopology(request, rules, () => {});
    // What contradicts itself is refused, but shown from then on.
    machine.setValue(smp, topology);
    checkTopology(topology, rules);
    return topology;
  },
  print: ({ maxCpus, ...levels }) => ({ ...levels, maxcpus: maxCpus }),
});

/** As `-boot` gives it; `splash-time` and `reboot-timeout` in ms. */
interface BootConfiguration {
  readonly [member: string]: JsonValue | undefined;
  readonly order: string;
}

export const boot = new ValueProperty<BootConfiguration>({
  name: 'boot',
  type: 'BootConfiguration',
  description: 'Boot configuration',
  initial: { order: '' },
  parse: visitor => {
    const members = new Members(visitor, 'boot');
    const order = members.take('order', text);
    const once = members.take('once', text);
    const rest = {
      menu: members.take('menu', flag),
      splash: members.take('splash', text),
      'splash-time': members.take('splash-time', int),
      'reboot-timeout': members.take('reboot-timeout', int),
      strict: members.take('strict', flag),
    };
    members.finish();
    for (const devices of [order, once]) if (devices !== undefined) checkBootDevices(devices);
    return given({ order: order ?? '', once, ...rest });
  },
  print: value => value,
});

/** Boot devices are letters from a to p, each at most once. */
function checkBootDevices(devices: string): void {
  for (const [index, letter] of [...devices].entries()) {
    if (letter < 'a' || letter > 'p') throw new QmpError(`Invalid boot device '${letter}'`);
    if (devices.indexOf(letter) < index) throw new QmpError(`Boot device '${letter}' was given twice`);
  }
}

function given(value: BootConfiguration): BootConfiguration {
  const { order, ...rest } = value;
  return { order, ...Object.fromEntries(Object.entries(rest).filter(([, member]) => member !== undefined)) };
}

export const memoryBackend = linkValue(
  'memory-backend',
  'memory-backend',
  'Set RAM backendValid value is ID of hostmem based backend',
);

const phandleStart = integerValue('phandle-start', 0n, {
  description: 'The first phandle ID we may generate dynamically',
  check: value => BigInt.asIntN(32, value),
});

/** Whether the board has a USB controller. */
export const usb = boolValue('usb', false, 'Set on/off to enable/disable usb');

export const firmware = textValue('firmware', '', 'Firmware image');

/** A file that is to get the machine's device tree. */
export const dumpDeviceTree = textValue('dumpdtb', '', 'Dump current dtb to a file and quit');

/** What every machine can be told. */
export const MACHINE_PROPERTIES = [
  textValue('kernel', '', 'Linux kernel image file'),
  textValue('initrd', '', 'Linux initial ramdisk file'),
  textValue('append', '', 'Linux kernel command line'),
  textValue('dtb', '', 'Linux kernel device tree file'),
  dumpDeviceTree,
  boot,
  smp,
  phandleStart,
  textValue('dt-compatible', '', 'Overrides the "compatible" property of the dt root node'),
  boolValue('dump-guest-core', true, 'Include guest memory in a core dump'),
  boolValue('mem-merge', true, 'Enable/disable memory merge support'),
  usb,
  boolValue('graphics', true, 'Set on/off to enable/disable graphics emulation'),
  firmware,
  boolValue('suppress-vmdesc', false, 'Set on to disable self-describing migration'),
  linkValue(
    'confidential-guest-support',
    'confidential-guest-support',
    'Set confidential guest scheme to support',
  ),
  textValue('memory-encryption', '', 'Set memory encryption object to use', id => {
    throw new QmpError(`No such memory encryption object '${id}'`);
  }),
  memoryBackend,
  memory,
] as const;
