import { closeSync, openSync, statSync, truncateSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { smp } from '../machine/properties.ts';
import type { MemorySource } from '../memory/memory-source.ts';
import { MemoryRegion } from '../memory/region.ts';
import type { System } from '../qdev/system.ts';
import type { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';
import {
  boolValue,
  choiceValue,
  integerValue,
  linkValue,
  textValue,
  ValuedObject,
  ValueProperty,
} from '../qom/values.ts';
import { UINT32 } from '../qom/visitor.ts';
import { UserObject } from './user-object.ts';

/** More than any process can have: the kernel refuses. */
const ADDRESS_SPACE = 1n << 47n;
const NODE_LIMIT = 128;
const PAGE_SIZE = 4096n;
/** Memory without a file is laid out so that the kernel can back it with such pages. */
const HUGE_PAGE = 2n << 20n;
/** NUMA nodes that the simulated host has. */
const HOST_NODES = 1;

/** Memory that the simulated process has, for a machine's RAM or a DIMM. */
export class MemoryBackend extends UserObject implements MemorySource {
  #region: MemoryRegion | undefined;
  /** What the memory serves as, once it does. */
  user: QomObject | undefined;

  override get inUse(): boolean {
    return this.user !== undefined;
  }

  /** Bytes. */
  get size(): bigint {
    return this.#region?.size ?? this.value(size);
  }

  get region(): MemoryRegion {
    if (this.#region === undefined) throw new Error(`${this.path} is not complete`);
    return this.#region;
  }

  /** Where the memory may lie in a guest: multiples of this many bytes. */
  get alignment(): bigint {
    return HUGE_PAGE;
  }

  /** Whether a guest cannot write to it. */
  get isReadOnly(): boolean {
    return false;
  }

  /** Whether the host keeps what is in it when the power is gone. */
  get isPersistent(): boolean {
    return false;
  }

  /** What backs the memory, bytes; undefined for the system's own pages. */
  get pageSize(): number | undefined {
    return undefined;
  }

  protected override onComplete({ machine }: System): void {
    const wanted = this.value(size);
    if (wanted === 0n) throw new QmpError("can't create backend with size 0");
    if (!this.isSet(preallocThreads) && machine instanceof ValuedObject) {
      this.setValue(preallocThreads, BigInt(machine.value(smp).cpus));
    }
    this.open();
    if (wanted >= ADDRESS_SPACE)
      throw new QmpError(`cannot set up guest memory '${this.name}': Cannot allocate memory`);
    const bound = this.value(policy) !== 'default';
    const nodes = this.value(hostNodes).length > 0;
    if (nodes && !bound) {
      throw new QmpError(
        'host-nodes must be empty for policy default, or you should explicitly specify a policy other than default',
      );
    }
    const missing = this.value(hostNodes).some(node => node >= HOST_NODES);
    if (missing) throw new QmpError('cannot bind memory to host NUMA nodes: Invalid argument');
    if (!nodes && bound) throw new QmpError(`host-nodes must be set for policy ${this.value(policy)}`);
    this.#region = new MemoryRegion(this, this.name, wanted, 'ram');
    this.#region.readonly = this.isReadOnly;
  }

  /** Looks for what the memory is made from. @throws QmpError */
  protected open(): void {}

  override release(): void {
    this.#region?.destroy();
    this.#region = undefined;
  }
}

/** What a file has must be enough for whole pages. @param stored bytes @throws QmpError */
function checkStore(stored: bigint, size: bigint): void {
  const needed = wholePages(size);
  if (stored >= needed) return;
  const [has, wanted] = [stored, needed].map(bytes => `0x${bytes.toString(16)}`);
  throw new QmpError(`backing store size ${has} does not match 'size' option ${wanted}`);
}

function wholePages(size: bigint): bigint {
  return ((size + PAGE_SIZE - 1n) / PAGE_SIZE) * PAGE_SIZE;
}

/** Memory that is a file's content. As QEMU does, it makes the file if there is none, large enough, but empty. */
class FileBackend extends MemoryBackend {
  protected override open(): void {
    if (!this.isSet(memPath)) throw new QmpError('mem-path property not set');
    this.#openFile(this.value(memPath));
    const alignment = this.value(align);
    if (alignment % PAGE_SIZE !== 0n) {
      const text = `0x${alignment.toString(16)} must be multiples of page size 0x${PAGE_SIZE.toString(16)}`;
      throw new QmpError(`alignment ${text}`);
    }
    if ((alignment & (alignment - 1n)) !== 0n) {
      throw new QmpError(`alignment 0x${alignment.toString(16)} must be a power of two`);
    }
  }

  #openFile(path: string): void {
    let stored: bigint | undefined;
    try {
      const status = statSync(path, { throwIfNoEntry: false, bigint: true });
      // A folder stands for a nameless file in it.
      if (status?.isDirectory()) return;
      closeSync(openSync(path, status !== undefined && this.value(readOnly) ? 'r' : 'a'));
      if (status === undefined || (status.isFile() && status.size === 0n)) {
        truncateSync(path, Number(wholePages(this.size)));
      } else if (status.isFile()) stored = status.size;
    } catch (error) {
      throw new QmpError(`can't open backing store ${path} for guest RAM: ${systemErrorText(error)}`);
    }
    if (stored !== undefined) checkStore(stored, this.size);
  }

  override get isReadOnly(): boolean {
    return this.value(readOnly);
  }

  override get isPersistent(): boolean {
    return this.value(persistent);
  }

  override get alignment(): bigint {
    const wanted = this.value(align);
    return wanted > PAGE_SIZE ? wanted : PAGE_SIZE;
  }
}

/** Memory in a file without a name, of huge pages if that is wanted. */
class MemfdBackend extends MemoryBackend {
  protected override open(): void {
    if (this.pageSize === undefined) {
      checkStore(this.size, this.size);
      return;
    }
    const page = BigInt(this.pageSize);
    if ((page & (page - 1n)) !== 0n) throw new QmpError('Hugepage size must be a power of 2');
    if (this.size % page !== 0n)
      throw new QmpError(`failed to resize memfd to ${this.size}: Invalid argument`);
  }

  override get alignment(): bigint {
    return this.pageSize === undefined ? PAGE_SIZE : BigInt(this.pageSize);
  }

  override get pageSize(): number | undefined {
    return this.value(hugetlb) ? Number(this.value(hugetlbSize) || HUGE_PAGE) : undefined;
  }
}

function completed(object: ValuedObject): boolean {
  return object instanceof UserObject && object.completed;
}

function fixed(message: (object: ValuedObject) => string) {
  return (object: ValuedObject) => {
    if (completed(object)) throw new QmpError(message(object));
  };
}

const fixedValue = fixed(() => 'cannot change property value');

/** A size that is checked for being changeable before it is even read. */
function fixedSize(
  name: string,
  message: (object: ValuedObject) => string,
  { description, isZeroAllowed = false }: { description?: string; isZeroAllowed?: boolean } = {},
) {
  const guard = fixed(message);
  return new ValueProperty<bigint>({
    name,
    type: 'int',
    description,
    initial: 0n,
    parse: (visitor, object) => {
      guard(object);
      const value = visitor.size(name);
      if (value === 0n && !isZeroAllowed)
        throw new QmpError(`property '${name}' of ${object.type.name} doesn't take value '0'`);
      return value;
    },
    print: value => value,
  });
}

const size = fixedSize('size', ({ type }) => `cannot change property size of ${type.name} `, {
  description: 'Size of the memory region (ex: 500M)',
});
const align = fixedSize('align', ({ type }) => `cannot change property 'align' of ${type.name}`, {
  isZeroAllowed: true,
});

export const hostNodes = new ValueProperty<readonly number[]>({
  name: 'host-nodes',
  type: 'int',
  description: 'Binds memory to the list of NUMA host nodes',
  initial: [],
  parse: visitor => {
    const nodes = visitor.list('host-nodes').map(Number);
    const wrong = nodes.find(node => !(node >= 0 && node < NODE_LIMIT));
    if (wrong !== undefined) throw new QmpError(`Invalid host-nodes value: ${wrong}`);
    return [...new Set(nodes)].sort((a, b) => a - b);
  },
  print: nodes => nodes,
});

export const policy = choiceValue(
  'policy',
  'HostMemPolicy',
  ['default', 'preferred', 'bind', 'interleave'],
  'default',
  'Set the NUMA policy',
);

export const merge = boolValue('merge', true, 'Mark memory as mergeable');
export const dump = boolValue('dump', true, "Set to 'off' to exclude from core dump");
export const prealloc = boolValue('prealloc', false, 'Preallocate memory');
const preallocThreads = integerValue('prealloc-threads', 1n, {
  range: UINT32,
  description: 'Number of CPU threads to use for prealloc',
  check: (value, { type }) => {
    if (value === 0n)
      throw new QmpError(`property 'prealloc-threads' of ${type.name} doesn't take value '0'`);
    return value;
  },
});
const share = 'Mark the memory as private to QEMU or shared';
const shareOff = boolValue('share', false, share, fixedValue);
const shareOn = boolValue('share', true, share, fixedValue);
export const reserve = boolValue(
  'reserve',
  true,
  'Reserve swap space (or huge pages) if applicable',
  fixedValue,
);

/** Whether other processes see the memory; it is a matter of the type where nothing is said. */
export function isShared(backend: MemoryBackend): boolean {
  return backend.getProperty('share') === true;
}

const memPath = textValue('mem-path', '', undefined, (path, object) => {
  fixed(({ type }) => `cannot change property 'mem-path' of ${type.name}`)(object);
  return path;
});

const fixedFlag = (name: string) =>
  boolValue(
    name,
    false,
    undefined,
    fixed(({ type }) => `cannot change property '${name}' of ${type.name}.`),
  );

const readOnly = fixedFlag('readonly');
const persistent = fixedFlag('pmem');

const hugetlb = boolValue('hugetlb', false, 'Use huge pages');
const hugetlbSize = new ValueProperty<bigint>({
  name: 'hugetlbsize',
  type: 'int',
  description: 'Huge pages size (ex: 2M, 1G)',
  initial: 0n,
  parse: (visitor, object) => {
    fixedValue(object);
    const value = visitor.size('hugetlbsize');
    if (value === 0n) throw new QmpError(`Property '${object.type.name}.hugetlbsize' doesn't take value '0'`);
    return value;
  },
  print: value => value,
});

export const MEMORY_BACKEND_TYPES: readonly TypeInfo[] = [
  {
    name: 'memory-backend',
    parent: 'object',
    abstract: true,
    interfaces: ['user-creatable'],
    properties: [
      merge,
      dump,
      prealloc,
      preallocThreads,
      linkValue(
        'prealloc-context',
        'thread-context',
        'Context to use for creating CPU threads for preallocation',
      ),
      size,
      hostNodes,
      policy,
      shareOff,
      reserve,
      boolValue('x-use-canonical-path-for-ramblock-id', false),
    ],
    create: type => new MemoryBackend(type),
  },
  { name: 'memory-backend-ram', parent: 'memory-backend' },
  {
    name: 'memory-backend-file',
    parent: 'memory-backend',
    properties: [boolValue('discard-data', false), memPath, align, persistent, readOnly],
    create: type => new FileBackend(type),
  },
  {
    name: 'memory-backend-memfd',
    parent: 'memory-backend',
    properties: [shareOn, hugetlb, hugetlbSize, boolValue('seal', true, 'Seal growing & shrinking')],
    create: type => new MemfdBackend(type),
  },
];
