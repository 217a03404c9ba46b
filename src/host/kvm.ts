import { HostError } from '../base/errors.ts';
import { HostFile } from './host-file.ts';
import type { KvmCapability } from './inventory.ts';
import { KvmTceFile, type TceFileOptions } from './kvm-tce.ts';
import { KvmVfioDevice } from './kvm-vfio.ts';
import type { HostOperation } from './operations.ts';
import type { HostProcess } from './process.ts';

export type { KvmHcallResult, KvmTceFile, TceFileOptions } from './kvm-tce.ts';

const TCE_SHIFT = 12;
const MIN_PAGE_SHIFT = 12;
const MAX_PAGE_SHIFT = 34;

/** A virtual machine of /dev/kvm, with its TCE tables and its VFIO device. */
export class KvmVm extends HostFile {
  readonly #tceFiles = new Map<number, KvmTceFile>();
  #vfioDevice: KvmVfioDevice | undefined;

  constructor(process: HostProcess) {
    super(process, 'kvm');
  }

  /** `KVM_CHECK_EXTENSION` */
  checkExtension(capability: KvmCapability): boolean {
    return this.process.host.kvmCapabilities?.has(capability) ?? false;
  }

  /**
   * A table of 4 KiB pages from bus address 0 on, whose hypercalls the kernel then handles.
   * @param entries its length, from 1
   * @throws ENOTTY without the capability `spapr-tce`; EINVAL; EBUSY if the LIOBN is in use
   */
  createSpaprTce(liobn: number, entries: number): KvmTceFile {
    const operation = 'KVM_CREATE_SPAPR_TCE';
    return this.#createTce({ liobn, pageShift: TCE_SHIFT, offset: 0n, entries }, operation, 'spapr-tce');
  }

  /** The same for any page size and bus address; needs the capability `spapr-tce-64`. */
  createSpaprTce64(options: TceFileOptions): KvmTceFile {
    return this.#createTce(options, 'KVM_CREATE_SPAPR_TCE_64', 'spapr-tce-64');
  }

  /** The KVM-VFIO device (`KVM_CREATE_DEVICE`, type VFIO). @throws EBUSY if there is one */
  createVfioDevice(): KvmVfioDevice {
    const operation = 'KVM_CREATE_DEVICE';
    this.enter(operation);
    if (this.#vfioDevice !== undefined) throw new HostError('EBUSY', operation);
    return (this.#vfioDevice = new KvmVfioDevice(this));
  }

  /** The open tables, by LIOBN. */
  get tceFiles(): ReadonlyMap<number, KvmTceFile> {
    return this.#tceFiles;
  }

  get vfioDevice(): KvmVfioDevice | undefined {
    return this.#vfioDevice;
  }

  /** Called by a table that is closed. */
  removeTce(file: KvmTceFile): void {
    this.#tceFiles.delete(file.liobn);
    this.#vfioDevice?.forgetTable(file);
  }

  /** Called by the VFIO device when it is closed. */
  removeVfioDevice(): void {
    this.#vfioDevice = undefined;
  }

  protected override release(): void {
    // Its tables and devices are files of their own.
  }

  #createTce(options: TceFileOptions, operation: HostOperation, capability: KvmCapability): KvmTceFile {
    this.enter(operation);
    if (!this.checkExtension(capability)) throw new HostError('ENOTTY', operation);
    const { liobn, pageShift, entries } = options;
    if (entries < 1 || pageShift < MIN_PAGE_SHIFT || pageShift > MAX_PAGE_SHIFT) {
      throw new HostError('EINVAL', operation);
    }
    if (this.#tceFiles.has(liobn)) throw new HostError('EBUSY', operation);
    const file = new KvmTceFile(this, options);
    this.#tceFiles.set(liobn, file);
    return file;
  }
}
