import { QmpError } from '../base/errors.ts';
import { readStart } from '../base/read-start.ts';
import type { BlockNode, NodeFacts } from './node.ts';

/** Offsets in the header, big-endian (qcow2 specification, "Header"). */
const HEADER = {
  magic: 0,
  version: 4,
  clusterBits: 20,
  size: 24,
  incompatible: 72,
  compatible: 80,
  refcountOrder: 96,
  compression: 104,
};
const MAGIC = 0x514649fb;
const HEADER_SIZE = 112;
const V2_HEADER_SIZE = 72;
const LAZY_REFCOUNTS = 1n;
const CORRUPT = 2n;
const COMPRESSION_TYPE = 8n;
const EXTENDED_L2 = 16n;
const V2_REFCOUNT_ORDER = 4;

/** What a file seems to be. One that cannot be read is for whoever opens it to complain of. */
export function probeFormat(path: string): 'raw' | 'qcow2' {
  try {
    return isQcow2(path) ? 'qcow2' : 'raw';
  } catch {
    return 'raw';
  }
}

/** Whether a file is an image of this format. */
function isQcow2(path: string): boolean {
  const header = readStart(path, HEADER_SIZE);
  return header.length >= V2_HEADER_SIZE && header.readUInt32BE(HEADER.magic) === MAGIC;
}

/** What a node would be: an image's own words about itself, of which only the first are read. */
export function qcow2Facts(file: BlockNode): NodeFacts {
  const common = {
    driver: 'qcow2',
    allocated: file.facts.allocated,
    filename: file.nameForFormat,
    options: {},
    children: [['file', file]],
    isFormat: true,
  } as const;
  try {
    return { ...common, ...describeImage(file) };
  } catch (error) {
    if (error instanceof QmpError) return { ...common, size: 0n, flaw: error };
    throw error;
  }
}

/** @throws QmpError if it is no such image */
function describeImage(
  file: BlockNode,
): Pick<NodeFacts, 'size' | 'clusterSize' | 'hasDirtyFlag' | 'specific'> {
  const path = file.facts.driver === 'file' ? file.facts.filename : undefined;
  if (path === undefined || !isQcow2(path)) throw new QmpError('Image is not in qcow2 format');
  const header = readStart(path, HEADER_SIZE);
  const version = header.readUInt32BE(HEADER.version);
  if (version !== 2 && version !== 3) throw new QmpError(`Unsupported qcow2 version ${version}`);
  const modern = version === 3;
  const incompatible = modern ? header.readBigUInt64BE(HEADER.incompatible) : 0n;
  const compatible = modern ? header.readBigUInt64BE(HEADER.compatible) : 0n;
  const refcountOrder = modern ? header.readUInt32BE(HEADER.refcountOrder) : V2_REFCOUNT_ORDER;
  const zstd = (incompatible & COMPRESSION_TYPE) !== 0n && header.readUInt8(HEADER.compression) === 1;
  return {
    size: header.readBigUInt64BE(HEADER.size),
    clusterSize: 1n << BigInt(header.readUInt32BE(HEADER.clusterBits)),
    hasDirtyFlag: true,
    specific: {
      type: 'qcow2',
      data: modern
        ? {
            compat: '1.1',
            'compression-type': zstd ? 'zstd' : 'zlib',
            'lazy-refcounts': (compatible & LAZY_REFCOUNTS) !== 0n,
            'refcount-bits': 2 ** refcountOrder,
            corrupt: (incompatible & CORRUPT) !== 0n,
            'extended-l2': (incompatible & EXTENDED_L2) !== 0n,
          }
        : { compat: '0.10', 'compression-type': 'zlib', 'refcount-bits': 2 ** refcountOrder },
    },
  };
}
