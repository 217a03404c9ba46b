import { memory } from '../../machine/properties.ts';
import type { SpaprCpuCore } from '../cpu-core.ts';
import type { SpaprMachine } from '../machine.ts';
import { resizeHpt } from '../properties.ts';
import { associativity } from './associativity.ts';
import { cells, type DeviceTreeNode, hex, nothing, type PropertyValue, text } from './node.ts';

/** What a family of processors is told to have, beyond what all have. */
interface CpuTraits {
  readonly nodeName: string;
  readonly features?: string;
  readonly vector?: number;
  readonly hasDecimalFloats: boolean;
  /** Segments of 256 MiB and 1 TiB, large pages, and counters of processor use. */
  readonly isModern: boolean;
  /** Page tables as trees, and a decrementer of more than 32 bits. */
  readonly hasRadix: boolean;
}

const POWER7 = '0600f63fc70080c0';
const POWER8 = '1800f63fc7c080f0800000000000000000008000800080000000';
const POWER9 =
  '4200f63fc7c080f080000000000000000000800080008000000080008000800080008000c0008000800080008000800080008000' +
  '80008000800080008000800080000000';

const OLD = { hasDecimalFloats: false, isModern: false, hasRadix: false } as const;
const MODERN = { vector: 2, hasDecimalFloats: true, isModern: true, hasRadix: false } as const;

const FAMILIES: Readonly<Record<string, CpuTraits>> = {
  970: { ...OLD, nodeName: 'UNKNOWN', vector: 1 },
  POWER5P: { ...OLD, nodeName: 'POWER5' },
  POWER7: { ...MODERN, nodeName: 'POWER7', features: POWER7 },
  POWER8: { ...MODERN, nodeName: 'POWER8', features: POWER8 },
  POWER9: { ...MODERN, nodeName: 'POWER9', features: POWER9, hasRadix: true },
  POWER10: { ...MODERN, nodeName: 'POWER10', features: POWER9, hasRadix: true },
};

/** A page's entry takes so much of a hash table that is to map all memory: one part in 128. */
const HPT_RATIO_SHIFT = 7;
const SMALLEST_HPT_SHIFT = 18;
const CLOCK_FREQUENCY = 1_000_000_000;
const TIMEBASE_FREQUENCY = 512_000_000;
const CACHE_LINE = 128;
const DATA_CACHE = 32768;
/** Base page shift, encoding, number of page shifts; then each page shift with its encoding (PAPR 2.7, B.6.1.5). */
const PAGES_4K_64K_16M = '0000000c00000000000000010000000c000000000000001000000110000000010000001000000001';
const PAGES_4K = '0000000c00000000000000010000000c00000000';
const SEGMENTS_256M_1T = cells(28, 40, 0xffffffff, 0xffffffff);
/** Pages of 4 KiB, 2 MiB, 64 KiB and 1 GiB in trees, each with its encoding. */
const RADIX_PAGES = cells(0x0000000c, 0xa0000010, 0x20000015, 0x4000001e);
const DECREMENTER_BITS = 56;

/** A core and its threads (PAPR 2.7, B.6.1.4). */
export function cpuNode(machine: SpaprMachine, core: SpaprCpuCore, drcIndex: number): DeviceTreeNode {
  const { model } = machine.processors;
  const traits = FAMILIES[model.family] ?? { ...OLD, nodeName: 'UNKNOWN' };
  const id = machine.processors.vcpuId(core.coreId);
  const name = `PowerPC,${traits.nodeName}@${id.toString(16)}`;
  const { isModern, features, vector } = traits;
  const instructionCache = isModern ? 32768 : 65536;
  const when = (condition: boolean, ...properties: readonly (readonly [string, PropertyValue])[]) =>
    condition ? properties : [];
  const threads = Array.from({ length: core.threads.length }, (_, thread) => id + thread);
  return {
    name,
    properties: [
      ['name', text(name)],
      ...when(
        traits.hasRadix,
        ['ibm,dec-bits', cells(DECREMENTER_BITS)],
        ['ibm,processor-radix-AP-encodings', RADIX_PAGES],
      ),
      ['ibm,ppc-interrupt-gserver#s', cells(...threads.flatMap(thread => [thread, 0]))],
      ['ibm,ppc-interrupt-server#s', cells(...threads)],
      ...when(machine.numa.nodeCount > 1, [
        'ibm,associativity',
        associativity(machine, nodeOf(machine, core), id),
      ]),
      ['ibm,pft-size', cells(0, hashTableShift(machine))],
      ['ibm,chip-id', cells(0)],
      ...when(features !== undefined, ['ibm,pa-features', hex(features ?? '')]),
      ['ibm,segment-page-sizes', hex(isModern ? PAGES_4K_64K_16M : PAGES_4K)],
      ...when(traits.hasDecimalFloats, ['ibm,dfp', cells(1)]),
      ...when(vector !== undefined, ['ibm,vmx', cells(vector ?? 0)]),
      ...when(
        isModern,
        ['ibm,processor-segment-sizes', SEGMENTS_256M_1T],
        ['ibm,spurr', cells(1)],
        ['ibm,purr', cells(1)],
      ),
      ['64-bit', nothing],
      ['status', text('okay')],
      ['ibm,slb-size', cells(isModern ? 32 : 64)],
      ['slb-size', cells(isModern ? 32 : 64)],
      ['clock-frequency', cells(CLOCK_FREQUENCY)],
      ['timebase-frequency', cells(TIMEBASE_FREQUENCY)],
      ['i-cache-size', cells(instructionCache)],
      ['d-cache-size', cells(DATA_CACHE)],
      ['i-cache-line-size', cells(CACHE_LINE)],
      ['i-cache-block-size', cells(CACHE_LINE)],
      ['d-cache-line-size', cells(CACHE_LINE)],
      ['d-cache-block-size', cells(CACHE_LINE)],
      ['cpu-version', cells(model.pvr)],
      ['device_type', text('cpu')],
      ['reg', cells(id)],
      ['ibm,my-drc-index', cells(drcIndex)],
    ],
    children: [],
  };
}

/** The NUMA node that it belongs to. */
function nodeOf({ numa, processors }: SpaprMachine, core: SpaprCpuCore): number {
  return Number(numa.place(core.coreId / processors.threadsPerPlace)['node-id'] ?? 0);
}

/** log2 of the size of a table for the memory there is, or for all that can come if the table cannot grow. */
function hashTableShift(machine: SpaprMachine): number {
  const { maxSize } = machine.value(memory);
  const mapped = machine.value(resizeHpt) === 'disabled' ? maxSize : machine.memoryAtReset;
  return Math.max((mapped - 1n).toString(2).length - HPT_RATIO_SHIFT, SMALLEST_HPT_SHIFT);
}
