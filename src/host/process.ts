import { HostError } from '../base/errors.ts';
import type { Host } from './host.ts';
import type { FileKind, HostFile } from './host-file.ts';
import { FILE_KINDS } from './host-file.ts';
import { KvmVm } from './kvm.ts';
import { MemoryMap, pagesOf } from './memory-map.ts';
import type { HostOperation } from './operations.ts';
import { RegisteredMemory } from './registered-memory.ts';
import { type SysfsFolder, sysfsFolder } from './sysfs.ts';
import { VfioContainer } from './vfio-container.ts';
import { VfioGroup } from './vfio-group.ts';

/** Descriptors 0 to 2 are the standard streams. */
const FIRST_FD = 3;

/** One process of the host, as a QEMU is: its open files, its memory and what of it is locked. */
export class HostProcess {
  /** Where it has memory: a DMA mapping to any other address is EFAULT. */
  readonly memory = new MemoryMap();
  /** Memory announced to sPAPR v2 containers; the process's, not one container's. */
  readonly registeredMemory: RegisteredMemory;
  readonly #files = new Map<number, HostFile>();
  #lockedBytes = 0n;

  /** @param host called by `Host.createProcess` only */
  constructor(
    readonly host: Host,
    /** For queries. */
    readonly name: string,
  ) {
    this.registeredMemory = new RegisteredMemory(this);
  }

  /**
   * Maps memory, in place of what is at these addresses.
   * @param vaddr process address in bytes, a multiple of 4 KiB as `size` is
   * @param pageSize what backs it, in bytes, a power of two: the system's page size, or that of huge pages
   * @throws RangeError if an argument is not as above
   */
  addMemory(vaddr: bigint, size: bigint, pageSize = this.host.inventory.systemPageSize): void {
    this.memory.add(vaddr, size, Math.log2(pageSize));
  }

  /** Unmaps memory. What of it is mapped for DMA, or still registered, stays so: it is pinned. */
  removeMemory(vaddr: bigint, size: bigint): void {
    this.memory.remove(vaddr, size);
    this.registeredMemory.abandon(vaddr, size);
  }

  /** Whether all of these pages are memory. Takes what `addMemory` takes. */
  hasMemory(vaddr: bigint, size: bigint): boolean {
    if (vaddr + size > 1n << 64n) return false;
    const { first, end } = pagesOf(vaddr, size);
    return this.memory.covers(first, end);
  }

  /** Opens /dev/vfio/vfio: a new, empty container. */
  openContainer(): VfioContainer {
    this.host.faults.check('open:/dev/vfio/vfio');
    return new VfioContainer(this);
  }

  /**
   * Opens /dev/vfio/N.
   * @throws ENOENT if there is no such group or none of its devices is bound to a VFIO driver; EBUSY if it
   * is open already, in whatever process, or a device file of an earlier opening still is
   */
  openGroup(id: number): VfioGroup {
    const operation = 'open:/dev/vfio/N';
    this.host.faults.check(operation, [id]);
    const group = this.host.group(id);
    if (group === undefined || !group.hasFile) throw new HostError('ENOENT', operation);
    if (group.file !== undefined || group.container !== undefined) throw new HostError('EBUSY', operation);
    return new VfioGroup(this, group);
  }

  /** Opens /dev/kvm and makes a virtual machine. @throws ENOENT if the host has no KVM */
  openKvm(): KvmVm {
    const operation = 'open:/dev/kvm';
    this.host.faults.check(operation);
    if (this.host.kvmCapabilities === undefined) throw new HostError('ENOENT', operation);
    return new KvmVm(this);
  }

  /** @returns the folder of sysfs at an absolute path; undefined if there is none */
  sysfsFolder(path: string): SysfsFolder | undefined {
    return sysfsFolder(this.host, path);
  }

  /** How many files of each kind are open. */
  openFiles(): Readonly<Record<FileKind, number>> {
    const counts = Object.fromEntries(FILE_KINDS.map(kind => [kind, 0])) as Record<FileKind, number>;
    for (const file of this.#files.values()) counts[file.kind]++;
    return counts;
  }

  /** Bytes locked, as charged against the limit. */
  get lockedBytes(): bigint {
    return this.#lockedBytes;
  }

  /** Charges memory against RLIMIT_MEMLOCK. @throws ENOMEM if that is more than the limit allows */
  lock(bytes: bigint, operation: HostOperation): void {
    const limit = this.host.memlock;
    if (limit !== undefined && this.#lockedBytes + bytes > limit) throw new HostError('ENOMEM', operation);
    this.#lockedBytes += bytes;
  }

  /** Gives charged memory back. */
  unlock(bytes: bigint): void {
    this.#lockedBytes -= bytes;
  }

  /** Ends the process: every file is closed. */
  close(): void {
    for (const file of [...this.#files.values()].sort((a, b) => a.fd - b.fd)) file.close();
    this.host.removeProcess(this);
  }

  /** Gives a new file the lowest free descriptor. Called by the file. */
  installFile(file: HostFile): number {
    let fd = FIRST_FD;
    while (this.#files.has(fd)) fd++;
    this.#files.set(fd, file);
    return fd;
  }

  removeFile(file: HostFile): void {
    this.#files.delete(file.fd);
  }
}
