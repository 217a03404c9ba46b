import { HostError } from '../base/errors.ts';
import type { IommuGroup } from './iommu-group.ts';
import { SpaprTceDriver } from './iommu-spapr.ts';
import { IommuTable, type Memory } from './iommu-table.ts';
import type { HostOperation } from './operations.ts';
import type { HostProcess } from './process.ts';

/** The first sPAPR interface: one group, its 32-bit window, and the whole window charged when enabled. */
export class SpaprTceV1 extends SpaprTceDriver {
  override readonly type = 'spapr-tce-v1';
  readonly #table: IommuTable;
  /** Bytes charged by `enable`; `undefined` while not enabled. */
  #charged: bigint | undefined;

  constructor(process: HostProcess) {
    super(process);
    const { window, pageSizes } = process.host.inventory;
    this.#table = new IommuTable(window.start, window.size, Math.log2(pageSizes[0] ?? 0x1000));
  }

  /** @throws ENXIO without a group, EBUSY if enabled already, ENOMEM if the window is over the memlock limit */
  enable(): void {
    const operation = 'VFIO_IOMMU_ENABLE';
    this.enter(operation);
    if (this.groups.length === 0) throw new HostError('ENXIO', operation);
    if (this.#charged !== undefined) throw new HostError('EBUSY', operation);
    this.process.lock(this.#table.size, operation);
    this.#charged = this.#table.size;
  }

  /** Gives the charge back; what is mapped stays. Without effect if not enabled. */
  disable(): void {
    this.enter('VFIO_IOMMU_DISABLE');
    this.#disable();
  }

  override get windows(): readonly IommuTable[] {
    return this.groups.length === 0 ? [] : [this.#table];
  }

  override get lockedBytes(): bigint {
    return this.#charged ?? 0n;
  }

  protected override get memory(): Memory {
    return this.process.memory;
  }

  protected override get ddwInfo(): undefined {
    return undefined;
  }

  protected override requireEnabled(operation: HostOperation): void {
    if (this.#charged === undefined) throw new HostError('EPERM', operation);
  }

  /** A second group would need a second table. */
  protected override admitGroup(_group: IommuGroup): void {
    if (this.groups.length > 0) throw new HostError('EBUSY', 'VFIO_GROUP_SET_CONTAINER');
  }

  protected override clear(): void {
    this.#table.entries.clear();
    this.#disable();
  }

  #disable(): void {
    this.process.unlock(this.#charged ?? 0n);
    this.#charged = undefined;
  }
}
