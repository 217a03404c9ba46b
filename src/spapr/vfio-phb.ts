import { HostError, QmpError } from '../base/errors.ts';
import { SpaprTceDriver, type SpaprTceInfo } from '../host/iommu-spapr.ts';
import type { PciDevice } from '../pci/device.ts';
import { int32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { VfioEeh } from '../vfio/eeh.ts';
import { VfioPciDevice } from '../vfio/pci-device.ts';
import type { SpaprMachine } from './machine.ts';
import { PHB_TYPE, SpaprPhb } from './phb.ts';
import type { TceWindow } from './tce-table.ts';

export const VFIO_PHB_TYPE = 'spapr-pci-vfio-host-bridge';
const NO_GROUP = -1;
const PAGE_SHIFT = 12;
const NO_EXTENSION = 'spapr-vfio: SPAPR extension is not supported';

/** The host's group that the bridge is for. */
const iommu = int32('iommu', NO_GROUP);

/**
 * What device assignment needed up to pseries-2.5: a bridge for one IOMMU group of the host, which takes its DMA
 * window from that group, with a table that was never left to a kernel which tells nobody.
 */
class SpaprVfioPhb extends SpaprPhb {
  #window: TceWindow | undefined;

  get #group(): number {
    return this.value(iommu);
  }

  protected override get isForVfio(): boolean {
    return true;
  }

  protected override get defaultWindow(): TceWindow {
    return this.#window ?? super.defaultWindow;
  }

  /** Asks the group, which is opened for that and closed again. */
  protected override settleDefaultWindow(): void {
    if (this.#group === NO_GROUP) throw new QmpError(`Wrong IOMMU group ID ${NO_GROUP}`);
    const { dma32WindowStart, dma32WindowSize } = this.#askGroup();
    const entries = Number(dma32WindowSize >> BigInt(PAGE_SHIFT));
    this.#window = { pageShift: PAGE_SHIFT, busOffset: dma32WindowStart, entries };
    // Unlike others it has its window at once, so that a device that cannot have it is refused.
    this.resetWindows();
  }

  #askGroup(): SpaprTceInfo {
    try {
      const info = this.machine.vfio.withGroup(
        this.#group,
        this.dmaSpace,
        ({ container: { iommu: driver } }) =>
          driver instanceof SpaprTceDriver ? driver.getInfo() : undefined,
      );
      if (info !== undefined) return info;
    } catch (error) {
      if (error instanceof HostError)
        throw new QmpError(`spapr-vfio: get info from container failed: ${error.text}`);
      if (!(error instanceof QmpError)) throw error;
      // What is wrong with the group is told on stderr alone.
      this.machine.environment.report(`vfio: ${error.desc}`);
      throw new QmpError(`${NO_EXTENSION}: Operation not permitted`);
    }
    throw new QmpError(NO_EXTENSION);
  }

  /** Goes to the bridge's own group, whatever else is on the bridge. */
  override get eeh(): VfioEeh {
    return VfioEeh.ofGroup(this.machine.vfio, this.dmaSpace, this.#group);
  }

  /** Devices that do not belong here work, but not as their user may think: the client is told. */
  override functionPlugged(device: PciDevice): void {
    const assigned = device instanceof VfioPciDevice ? device.groupId : undefined;
    if (assigned === this.#group || (assigned === undefined && device.isBridge)) return;
    const { id, path, type } = device;
    this.machine.events.emit('X_VFIO_WRONG_BRIDGE', {
      ...(id === undefined ? {} : { device: id }),
      path,
      bridge: this.path,
      group: this.#group,
      ...(assigned === undefined ? {} : { 'device-group': assigned }),
    });
    const what = assigned === undefined ? 'is emulated' : `is of IOMMU group ${assigned}`;
    this.machine.environment.report(
      `warning: ${type.name} ${id ?? path} ${what}, on a bridge for IOMMU group ${this.#group}`,
    );
  }
}

/** The types that a machine of this version has. */
export function vfioPhbTypes(machine: SpaprMachine): readonly TypeInfo[] {
  const { vfioBridge } = machine.version;
  if (vfioBridge === 'none') return [];
  return [
    {
      name: VFIO_PHB_TYPE,
      parent: PHB_TYPE,
      properties: [iommu],
      create: type => {
        if (vfioBridge === 'needed') return new SpaprVfioPhb(type, machine);
        machine.environment.report(`${VFIO_PHB_TYPE} is deprecated`);
        return new SpaprPhb(type, machine);
      },
    },
  ];
}
