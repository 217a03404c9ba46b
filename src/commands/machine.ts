import { QmpError } from '../base/errors.ts';
import type { Memdev } from '../generated/types.ts';
import type { Machine } from '../machine/machine.ts';
import { type MemoryPart, savePhysical, saveVirtual } from '../machine/memory-file.ts';
import { memory } from '../machine/properties.ts';
import { listObjects } from '../objects/listing.ts';
import {
  dump,
  hostNodes,
  isShared,
  MemoryBackend,
  merge,
  policy,
  prealloc,
  reserve,
} from '../objects/memory-backend.ts';
import type { Balloon } from '../qdev/balloon.ts';
import { describeUsb } from '../usb/describe.ts';
import type { CommandHandlers } from './context.ts';
import { numaOption } from './numa-options.ts';

const NO_UUID = '00000000-0000-0000-0000-000000000000';

export const machineCommands: CommandHandlers<
  | 'query-machines'
  | 'query-target'
  | 'query-uuid'
  | 'query-kvm'
  | 'query-current-machine'
  | 'system_reset'
  | 'system_powerdown'
  | 'system_wakeup'
  | 'inject-nmi'
  | 'query-cpus-fast'
  | 'query-hotpluggable-cpus'
  | 'query-memory-devices'
  | 'query-memory-size-summary'
  | 'query-memdev'
  | 'query-balloon'
  | 'balloon'
  | 'query-vm-generation-id'
  | 'set-numa-node'
  | 'x-query-numa'
  | 'x-query-irq'
  | 'x-query-usb'
  | 'x-query-ramblock'
  | 'x-query-roms'
  | 'memsave'
  | 'pmemsave'
> = {
  'query-machines': ({ machine }) => machine.machineTypes,
  'query-target': ({ machine }) => ({ arch: machine.target }),
  'query-uuid': ({ machine }) => ({ UUID: machine.config.uuid ?? NO_UUID }),
  'query-kvm': ({ machine }) => ({ enabled: machine.kvmVm !== undefined, present: machine.kvmPresent }),
  memsave: ({ machine }, { val, size, filename, 'cpu-index': cpu = 0 }) => {
    if (!machine.processors.info.some(each => each['cpu-index'] === Number(cpu)))
      throw new QmpError("Parameter 'cpu-index' expects a CPU number");
    return saveVirtual(machine, memoryPart(val, size), filename);
  },
  pmemsave: ({ machine }, { val, size, filename }) => savePhysical(machine, memoryPart(val, size), filename),
  system_reset: ({ machine }) => machine.reset('host-qmp-system-reset'),
  system_powerdown: ({ machine }) => machine.powerdown(),
  'query-current-machine': ({ machine }) => ({ 'wakeup-suspend-support': !machine.isEmpty }),
  // No guest here ever suspends.
  system_wakeup: () => {
    throw new QmpError('Unable to wake up: guest is not in suspended state');
  },
  // What an operating system makes of it is its own affair; the guest models make nothing of it.
  'inject-nmi': ({ machine }) => {
    if (!machine.type.isA('nmi')) throw new QmpError('this feature or command is not currently supported');
  },
  'query-cpus-fast': ({ machine }) => machine.processors.info,
  'query-hotpluggable-cpus': ({ machine }) => machine.processors.hotpluggable,
  'query-memory-devices': ({ machine }) => machine.memoryDevices.describe(),
  'query-memory-size-summary': ({ machine }) => ({
    'base-memory': machine.value(memory).size,
    'plugged-memory': machine.memoryDevices.pluggedMemory,
  }),
  'query-memdev': ({ machine }) => listObjects(machine.system, MemoryBackend).map(describeBackend),
  'query-balloon': ({ machine }) => {
    const { inflated } = requireBalloon(machine);
    return { actual: machine.value(memory).size + machine.memoryDevices.pluggedMemory - inflated };
  },
  balloon: ({ machine }, { value }) => {
    const balloon = requireBalloon(machine);
    if (value <= 0) throw new QmpError("Parameter 'target' expects a size");
    balloon.resize(BigInt(value));
  },
  'query-vm-generation-id': ({ machine }) => {
    throw new QmpError(
      machine.target === 'x86_64'
        ? 'VM Generation ID device not found'
        : 'this feature or command is not currently supported',
    );
  },
  'set-numa-node': ({ machine }, options) => {
    if (machine.isBuilt)
      throw new QmpError('The command is permitted only before the machine has been created');
    machine.numa.apply(numaOption(options));
  },
  'x-query-numa': ({ machine }) => text(describeNuma(machine)),
  'x-query-irq': ({ machine }) => text(machine.interruptStatistics),
  'x-query-usb': ({ machine }) => text(describeUsb(machine.system)),
  'x-query-ramblock': ({ machine }) => text(describeRamBlocks(machine)),
  'x-query-roms': ({ machine }) =>
    text(
      machine.target === 'ppc64' && !machine.isEmpty
        ? 'addr=0000000000000000 size=0x0f3550 mem=ram name="slof.bin"\n'
        : '',
    ),
};

function text(words: string) {
  return { 'human-readable-text': words };
}

function requireBalloon({ balloon }: Machine): Balloon {
  if (balloon === undefined) throw new QmpError('No balloon device has been activated', 'DeviceNotActive');
  return balloon;
}

function memoryBackends({ system }: Machine): MemoryBackend[] {
  const objects = system.children.get('objects')?.children.values() ?? [];
  return [...objects].filter(object => object instanceof MemoryBackend);
}

function describeBackend(backend: MemoryBackend): Memdev {
  return {
    id: backend.name,
    size: backend.size,
    merge: backend.value(merge),
    dump: backend.value(dump),
    prealloc: backend.value(prealloc),
    share: isShared(backend),
    reserve: backend.value(reserve),
    'host-nodes': backend.value(hostNodes),
    policy: backend.value(policy),
  };
}

function memoryPart(address: number | bigint, size: number | bigint): MemoryPart {
  return { address: BigInt.asUintN(64, BigInt(address)), size: BigInt(size) };
}

const MIB = 1n << 20n;

function describeNuma({ numa, processors, memoryDevices }: Machine): string {
  const nodes = numa.sizes.map((size, node) => {
    const indexes = processors.info
      .filter(({ props }) => Number(props?.['node-id']) === node)
      .map(cpu => cpu['cpu-index']);
    const plugged = memoryDevices.dimms.reduce(
      (sum, dimm) => (dimm.node === node ? sum + dimm.size : sum),
      0n,
    );
    const label = `node ${node}`;
    return (
      `${label} cpus:${indexes.map(index => ` ${index}`).join('')}\n` +
      `${label} size: ${(size + plugged) / MIB} MB\n${label} plugged: ${plugged / MIB} MB\n`
    );
  });
  return `${numa.nodeCount} nodes\n${nodes.join('')}`;
}

/** Blocks begin at multiples of this, in bytes: what one word of QEMU's dirty bitmap stands for. */
const BLOCK_ALIGNMENT = 0x40000n;

function describeRamBlocks(machine: Machine): string {
  let end = 0n;
  const blocks = memoryBackends(machine).map(({ name, size }) => {
    const offset = end;
    end = ((offset + size + BLOCK_ALIGNMENT - 1n) / BLOCK_ALIGNMENT) * BLOCK_ALIGNMENT;
    return { name, size, offset };
  });
  blocks.sort((a, b) => Number(b.size - a.size));
  const hex = (value: bigint) => `0x${value.toString(16).padStart(16, '0')}`;
  const lines = blocks.map(
    ({ name, size, offset }) => `${name.padStart(24)}    4 KiB  ${hex(offset)} ${hex(size)} ${hex(size)}\n`,
  );
  const title = `${'Block Name'.padStart(24)} ${'PSize'.padStart(8)} ${'Offset'.padStart(19)}`;
  return `${title} ${'Used'.padStart(18)} ${'Total'.padStart(18)}\n${lines.join('')}`;
}
