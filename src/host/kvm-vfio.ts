import { HostError } from '../base/errors.ts';
import { HostFile } from './host-file.ts';
import type { IommuGroup } from './iommu-group.ts';
import type { IommuTable } from './iommu-table.ts';
import type { KvmVm } from './kvm.ts';
import type { KvmTceFile } from './kvm-tce.ts';
import type { HostOperation } from './operations.ts';
import type { VfioGroup } from './vfio-group.ts';

/** The KVM-VFIO pseudo device (virt/kvm/vfio.c): what tells KVM of the groups that its machine uses. */
export class KvmVfioDevice extends HostFile {
  /** The groups added, each with the guest tables its host tables follow. */
  readonly #groups = new Map<IommuGroup, Set<KvmTceFile>>();

  constructor(private readonly vm: KvmVm) {
    super(vm.process, 'kvm-vfio');
  }

  /** Numbers of the groups that were added. */
  get groupIds(): readonly number[] {
    return [...this.#groups.keys()].map(group => group.id);
  }

  /**
   * Makes KVM a user of the group.
   * @throws EBADF if the file is closed; EINVAL if it has no container with an IOMMU type or is not viable;
   * EEXIST if it was added before
   */
  addGroup(file: VfioGroup): void {
    const operation = 'KVM_DEV_VFIO_GROUP_ADD';
    const group = this.#usableGroup(file, operation);
    if (this.#groups.has(group)) throw new HostError('EEXIST', operation);
    group.addContainerUser();
    this.#groups.set(group, new Set());
  }

  /** @throws EBADF if the file is closed; ENOENT if it was not added */
  removeGroup(file: VfioGroup): void {
    const operation = 'KVM_DEV_VFIO_GROUP_DEL';
    this.#open(file, operation);
    if (!this.#groups.has(file.group)) throw new HostError('ENOENT', operation);
    this.#forgetGroup(file.group);
  }

  /**
   * Makes the group's host table for the same bus addresses follow a guest table. What is in the guest table
   * already is not copied.
   * @throws ENXIO without the capability `spapr-vfio`; EBADF if a file is closed; ENOENT if the group was not
   * added; EINVAL if the table is another machine's, or no host table fits it
   */
  setSpaprTce(file: VfioGroup, tce: KvmTceFile): void {
    const operation = 'KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE';
    this.#open(file, operation);
    if (!this.vm.checkExtension('spapr-vfio')) throw new HostError('ENXIO', operation);
    const tables = this.#groups.get(file.group);
    if (tables === undefined) throw new HostError('ENOENT', operation);
    if (!tce.isOpen) throw new HostError('EBADF', operation);
    const host = windowsOf(file.group).find(window => tce.fits(window));
    if (tce.vm !== this.vm || host === undefined) throw new HostError('EINVAL', operation);
    tce.attach(file.group, host);
    tables.add(tce);
  }

  /** Called by a table that is closed. */
  forgetTable(tce: KvmTceFile): void {
    for (const tables of this.#groups.values()) tables.delete(tce);
  }

  protected override release(): void {
    for (const group of [...this.#groups.keys()]) this.#forgetGroup(group);
    this.vm.removeVfioDevice();
  }

  #forgetGroup(group: IommuGroup): void {
    for (const tce of this.#groups.get(group) ?? []) tce.detach(group);
    this.#groups.delete(group);
    group.dropContainerUser();
  }

  #usableGroup(file: VfioGroup, operation: HostOperation): IommuGroup {
    this.#open(file, operation);
    const { group } = file;
    if (group.container?.iommu === undefined || !group.viable) throw new HostError('EINVAL', operation);
    return group;
  }

  #open(file: VfioGroup, operation: HostOperation): void {
    this.enter(operation, [file.id]);
    if (!file.isOpen) throw new HostError('EBADF', operation);
  }
}

/** The host's tables that are programmed into a group. */
function windowsOf(group: IommuGroup): readonly IommuTable[] {
  const iommu = group.container?.iommu;
  return iommu !== undefined && 'windows' in iommu ? iommu.windows : [];
}
