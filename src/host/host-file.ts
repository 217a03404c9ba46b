import { HostError } from '../base/errors.ts';
import type { HostOperation } from './operations.ts';
import type { HostProcess } from './process.ts';

export const FILE_KINDS = ['container', 'group', 'device', 'kvm', 'kvm-tce', 'kvm-vfio'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** An open file of a simulated process. */
export abstract class HostFile {
  /** The file descriptor, until it is closed: then it is free for another file. */
  readonly fd: number;
  #open = true;

  constructor(
    readonly process: HostProcess,
    readonly kind: FileKind,
  ) {
    this.fd = process.installFile(this);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Closes the file; a second time does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.process.removeFile(this);
    this.release();
  }

  /** What the kernel does when the file's last reference goes. */
  protected abstract release(): void;

  /** Start of each operation on the file. @throws EBADF once it is closed, or a fault that was asked for */
  protected enter(operation: HostOperation, groups: readonly number[] = []): void {
    if (!this.#open) throw new HostError('EBADF', operation);
    this.process.host.faults.check(operation, groups);
  }
}
