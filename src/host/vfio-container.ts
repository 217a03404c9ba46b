import { HostError } from '../base/errors.ts';
import { EEH_STATE, type EehOperation } from './eeh.ts';
import { HostFile } from './host-file.ts';
import type { HostIommuKind } from './inventory.ts';
import type { IommuType } from './iommu-driver.ts';
import type { IommuGroup } from './iommu-group.ts';
import { SpaprTceDriver } from './iommu-spapr.ts';
import { SpaprTceV1 } from './iommu-spapr-v1.ts';
import { SpaprTceV2 } from './iommu-spapr-v2.ts';
import { Type1 } from './iommu-type1.ts';
import type { HostProcess } from './process.ts';

export const VFIO_API_VERSION = 0;

/** The IOMMU driver of a container; `type` says which. */
export type VfioIommu = SpaprTceV1 | SpaprTceV2 | Type1;

const IOMMU_TYPES: Readonly<Record<HostIommuKind, readonly IommuType[]>> = {
  'spapr-tce-v1': ['spapr-tce-v1'],
  'spapr-tce-v2': ['spapr-tce-v1', 'spapr-tce-v2'],
  type1: ['type1', 'type1v2'],
};

/**
 * An open /dev/vfio/vfio. Groups in it keep it alive after the file is closed; when the last group has gone it
 * forgets its IOMMU driver and everything that was mapped.
 */
export class VfioContainer extends HostFile {
  readonly #groups: IommuGroup[] = [];
  #iommu: VfioIommu | undefined;

  constructor(process: HostProcess) {
    super(process, 'container');
  }

  getApiVersion(): number {
    this.enter('VFIO_GET_API_VERSION', this.groupIds);
    return VFIO_API_VERSION;
  }

  /** Whether the driver that is set, or any if none is, offers a type. */
  checkExtension(type: IommuType): boolean {
    this.enter('VFIO_CHECK_EXTENSION', this.groupIds);
    return this.#types.includes(type);
  }

  /** @throws EINVAL if there is no group yet, or a type is set already; ENODEV if the host does not offer it */
  setIommu(type: IommuType): void {
    const operation = 'VFIO_SET_IOMMU';
    this.enter(operation, this.groupIds);
    if (this.#groups.length === 0 || this.#iommu !== undefined) throw new HostError('EINVAL', operation);
    if (!this.#types.includes(type)) throw new HostError('ENODEV', operation);
    const iommu = makeIommu(this.process, type);
    try {
      for (const group of this.#groups) iommu.attachGroup(group);
    } catch (error) {
      iommu.release();
      throw error instanceof HostError ? new HostError(error.errno, operation) : error;
    }
    this.#iommu = iommu;
  }

  /** The driver that `setIommu` chose, as long as it is in force. */
  get iommu(): VfioIommu | undefined {
    return this.#iommu;
  }

  get groups(): readonly IommuGroup[] {
    return this.#groups;
  }

  get groupIds(): readonly number[] {
    return this.#groups.map(group => group.id);
  }

  /** Called by the group that joins; throws what the IOMMU driver has against it. */
  addGroup(group: IommuGroup): void {
    this.#iommu?.attachGroup(group);
    this.#groups.push(group);
  }

  /** Called by the group that leaves. */
  removeGroup(group: IommuGroup): void {
    this.#groups.splice(this.#groups.indexOf(group), 1);
    this.#iommu?.detachGroup(group);
    if (this.#groups.length > 0) return;
    this.#iommu?.release();
    this.#iommu = undefined;
  }

  /** `VFIO_CHECK_EXTENSION` for VFIO_EEH: only the sPAPR drivers have it. */
  get hasEeh(): boolean {
    return this.#iommu instanceof SpaprTceDriver;
  }

  /** `VFIO_EEH_PE_OP` on every group. @throws ENOTTY without EEH */
  applyEeh(operation: EehOperation): void {
    this.#enterEeh();
    for (const group of this.#groups) group.eeh.apply(operation);
  }

  /** `VFIO_EEH_PE_GET_STATE` of the first group, one of `EEH_STATE`. @throws ENOTTY without EEH */
  eehState(): number {
    this.#enterEeh();
    return this.#groups[0]?.eeh.state ?? EEH_STATE.unavailable;
  }

  #enterEeh(): void {
    const operation = 'VFIO_EEH_PE_OP';
    this.enter(operation, this.groupIds);
    if (!this.hasEeh) throw new HostError('ENOTTY', operation);
  }

  protected override release(): void {
    // The groups that are still in it hold everything; without any there is nothing to undo.
  }

  get #types(): readonly IommuType[] {
    const { iommu, hasType1v2 } = this.process.host.inventory;
    return IOMMU_TYPES[iommu].filter(type => type !== 'type1v2' || hasType1v2);
  }
}

function makeIommu(process: HostProcess, type: IommuType): VfioIommu {
  switch (type) {
    case 'spapr-tce-v1':
      return new SpaprTceV1(process);
    case 'spapr-tce-v2':
      return new SpaprTceV2(process);
    case 'type1':
    case 'type1v2':
      return new Type1(process, type);
  }
}
