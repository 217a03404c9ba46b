import type { KvmVm } from '../host/kvm.ts';
import type { KvmTceFile } from '../host/kvm-tce.ts';
import type { TceWindow } from './tce-table.ts';

const CLASSIC_PAGE_SHIFT = 12;
const FOUR_GIB = 2n ** 32n;

/** What KVM does for TCE tables on this host. */
export class KvmAccelerator {
  constructor(readonly vm: KvmVm) {}

  /** Whether the kernel itself carries changes of its tables over to the host's (capability `spapr-vfio`). */
  get updatesHostTables(): boolean {
    return this.vm.checkExtension('spapr-vfio');
  }

  /**
   * Has the kernel keep a table.
   * @returns undefined where this kernel has no table of that shape: without `spapr-tce-64` only 4 KiB
   *   pages from bus address 0, below 4 GiB
   * @throws HostError if it should, but fails
   */
  createTceTable(liobn: number, { pageShift, busOffset, entries }: TceWindow): KvmTceFile | undefined {
    if (this.vm.checkExtension('spapr-tce-64')) {
      return this.vm.createSpaprTce64({ liobn, pageShift, offset: busOffset, entries });
    }
    const size = BigInt(entries) << BigInt(pageShift);
    const classic = pageShift === CLASSIC_PAGE_SHIFT && busOffset === 0n && size < FOUR_GIB;
    return classic && this.vm.checkExtension('spapr-tce')
      ? this.vm.createSpaprTce(liobn, entries)
      : undefined;
  }
}
