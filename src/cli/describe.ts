import { QmpError } from '../base/errors.ts';
import { findTraceEvents } from '../base/trace-control.ts';
import { CHARDEV_BACKENDS } from '../chardev/create.ts';
import { NETDEV_TYPES } from '../commands/netdev-options.ts';
import type { Commands } from '../generated/commands.ts';
import { classHelp, creatableHelp, listCreatable } from '../hmp/class-help.ts';
import { deviceHelp, listDevices } from '../hmp/device-help.ts';
import { createMachine } from '../index.ts';
import type { QomType, TypeRegistry } from '../qom/type.ts';
import type { Simulator } from '../simulator.ts';
import { CPU_ALIASES, CPU_MODELS } from '../spapr/cpu-models.ts';
import { CliError, type HelpTopic } from './errors.ts';
import type { Target } from './target.ts';

/** Help that depends on the models: types of machines, devices and objects, with their properties. */
export async function describe(topic: HelpTopic, target: Target = 'ppc64'): Promise<string> {
  switch (topic.about) {
    case 'accelerators':
      return 'Accelerators supported in QEMU binary:\nkvm\ntcg\nqtest\n';
    case 'cpus':
      return target === 'ppc64' ? powerList() : await askMachine(topic, target);
    case 'chardevs':
      return `Available chardev backend types: \n${CHARDEVS.map(name => `  ${name}\n`).join('')}`;
    case 'netdevs':
      return `Available netdev backend types:\n${NETDEV_TYPES.map(name => `${name}\n`).join('')}`;
    case 'vga':
      return [...DISPLAYS, ...MORE_DISPLAYS[target], ''].join('\n');
    case 'traces':
      return `${findTraceEvents(target, '*').join('\n')}\n`;
    default:
      return await askMachine(topic, target);
  }
}

const DISPLAYS = [
  'none                 no graphic card',
  'std                  standard VGA (default)',
  'cirrus               Cirrus VGA',
  'vmware               VMWare SVGA',
];
const MORE_DISPLAYS: Readonly<Record<Target, readonly string[]>> = {
  ppc64: [],
  x86_64: ['virtio               Virtio VGA'],
};

/** Character devices that can be had. */
/** Kinds that QEMU has in modules, which help does not look into. */
const IN_MODULES: readonly string[] = ['spicevmc', 'spiceport', 'braille'];
const CHARDEVS = CHARDEV_BACKENDS.filter(name => !IN_MODULES.includes(name)).reverse();

const DEFAULT_MACHINE: Readonly<Record<Target, string>> = { ppc64: 'pseries', x86_64: 'pc' };

function powerList(): string {
  const line = (name: string, text: string) => `PowerPC ${name.padEnd(16)} ${text}\n`;
  return CPU_MODELS.flatMap(({ name, pvr }) => {
    const aliases = Object.keys(CPU_ALIASES).filter(alias => CPU_ALIASES[alias] === name);
    return [
      line(name, `PVR ${pvr.toString(16).padStart(8, '0')}`),
      ...aliases.sort().map(alias => line(alias, `(alias for ${name})`)),
    ];
  }).join('');
}

/** What only a machine knows, asked of one that is made for this and never runs. */
async function askMachine(topic: HelpTopic, target: Target): Promise<string> {
  const type = DEFAULT_MACHINE[target];
  const simulator = createMachine({ type, accelerators: ['tcg'], paused: true });
  try {
    return await answer(topic, simulator);
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    const location = 'location' in topic ? topic.location : undefined;
    // To ask in vain about a device is nothing bad.
    const status = topic.about === 'device' ? 0 : 1;
    throw new CliError([{ severity: 'error', message: error.desc, location }], status);
  } finally {
    simulator.close();
  }
}

async function answer(topic: HelpTopic, simulator: Simulator): Promise<string> {
  const { types } = simulator.machine.system;
  const execute = <Name extends keyof Commands>(name: Name, args?: Commands[Name]['arguments']) =>
    simulator.execute(name, args);
  switch (topic.about) {
    case 'devices':
      return listDevices(types);
    case 'nic-models':
      return `Supported NIC models:\n${nicModels(types)
        .map(name => `${name}\n`)
        .join('')}`;
    case 'device':
      return await deviceHelp({ execute }, types, topic.type);
    case 'machines':
      return await machineList(simulator);
    case 'machine': {
      const machines = await simulator.execute('query-machines');
      const found = machines.find(({ name, alias }) => name === topic.type || alias === topic.type);
      if (found === undefined) return await machineList(simulator);
      return classHelp(types.require(`${found.name}-machine`));
    }
    case 'cpus': {
      const names = [...types.all()].flatMap(({ name }) => /^(.*)-x86_64-cpu$/.exec(name)?.[1] ?? []);
      return `Available CPUs:\n${names.map(name => `x86 ${name}\n`).join('')}`;
    }
    case 'objects':
      return listCreatable(types);
    case 'object':
      return creatableHelp(types, topic.type);
    default:
      throw CliError.at(undefined, `no help about ${topic.about}`);
  }
}

/** Network adapters on PCI. */
function nicModels(types: TypeRegistry): readonly string[] {
  const isNic = (type: QomType) =>
    type.class.category === 'network' && type.isA('pci-device') && !type.abstract;
  return [...types.all()]
    .filter(isNic)
    .map(({ name }) => name)
    .sort();
}

const MACHINE_DESCRIPTIONS: Readonly<Record<string, string>> = {
  none: 'empty machine',
  pseries: 'pSeries Logical Partition (PAPR compliant)',
  'pc-i440fx': 'Standard PC (i440FX + PIIX, 1996)',
  'pc-q35': 'Standard PC (Q35 + ICH9, 2009)',
};

/** PCs come by kind, the newest first; then the others by name. */
function inListOrder(a: string, b: string): number {
  const [ofA, ofB] = [a, b].map(name => /^pc-[a-z0-9]+/.exec(name)?.[0]);
  if (ofA === undefined || ofB === undefined)
    return ofA === ofB ? (a < b ? -1 : 1) : ofA === undefined ? 1 : -1;
  if (ofA !== ofB) return ofA < ofB ? -1 : 1;
  return a < b ? 1 : -1;
}

async function machineList(simulator: Simulator): Promise<string> {
  const machines = [...(await simulator.execute('query-machines'))];
  machines.sort((a, b) => inListOrder(a.name, b.name));
  const lines = machines.flatMap(({ name, alias, 'is-default': isDefault, deprecated }) => {
    const description = MACHINE_DESCRIPTIONS[name.replace(/-[0-9.]+(-sxxm)?$/, '')] ?? name;
    const line = (shown: string, remark: string) => `${shown.padEnd(20)} ${description}${remark}\n`;
    const remarks = [isDefault === true ? ' (default)' : '', deprecated ? ' (deprecated)' : ''];
    const own = line(name, remarks.join(''));
    return alias === undefined ? [own] : [line(alias, ` (alias of ${name})`), own];
  });
  return `Supported machines are:\n${lines.join('')}`;
}
