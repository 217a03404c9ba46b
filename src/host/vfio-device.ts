import { HostError } from '../base/errors.ts';
import type { HostDevice } from './host-device.ts';
import { HostFile } from './host-file.ts';
import type { InventoryDevice } from './inventory.ts';
import type { IommuGroup } from './iommu-group.ts';
import type { HostProcess } from './process.ts';

/** Region numbers of a PCI device (linux/vfio.h); 0 to 5 are the BARs. */
export const VFIO_PCI_ROM_REGION = 6;
export const VFIO_PCI_CONFIG_REGION = 7;
export const VFIO_PCI_VGA_REGION = 8;
export const VFIO_PCI_NUM_REGIONS = 9;

/** Interrupt kinds of a PCI device, in the order of their numbers. */
export const VFIO_PCI_IRQS = ['intx', 'msi', 'msix', 'err', 'req'] as const;
export type VfioPciIrq = (typeof VFIO_PCI_IRQS)[number];

const CONFIG_SIZE = 256n;
const PCIE_CONFIG_SIZE = 4096n;
const VGA_CLASS = 0x030000;

/** `VFIO_DEVICE_GET_INFO` */
export interface VfioDeviceInfo {
  readonly pci: true;
  /** Whether `reset` is possible. */
  readonly reset: boolean;
  readonly regions: number;
  readonly irqs: number;
}

/** `VFIO_DEVICE_GET_REGION_INFO` */
export interface VfioRegionInfo {
  /** Bytes; 0 if the device does not have the region. */
  readonly size: bigint;
  readonly writable: boolean;
  readonly mappable: boolean;
}

/** An open device: what `VFIO_GROUP_GET_DEVICE_FD` gives. */
export class VfioDevice extends HostFile {
  #onReleaseRequest: (() => void) | undefined;

  constructor(
    process: HostProcess,
    readonly device: HostDevice,
    private readonly group: IommuGroup,
  ) {
    super(process, 'device');
    device.addFile(this);
    group.addContainerUser();
  }

  /** What config space says of it. */
  get facts(): InventoryDevice {
    return this.device.facts;
  }

  getInfo(): VfioDeviceInfo {
    this.#enter('VFIO_DEVICE_GET_INFO');
    return { pci: true, reset: true, regions: VFIO_PCI_NUM_REGIONS, irqs: VFIO_PCI_IRQS.length };
  }

  /** @throws EINVAL for a number from `VFIO_PCI_NUM_REGIONS` on, and for VGA on another device */
  getRegionInfo(index: number): VfioRegionInfo {
    const operation = 'VFIO_DEVICE_GET_REGION_INFO';
    this.#enter(operation);
    const { bars, romSize, class: classCode } = this.facts;
    switch (index) {
      case VFIO_PCI_ROM_REGION:
        return { size: BigInt(romSize), writable: false, mappable: false };
      case VFIO_PCI_CONFIG_REGION:
        return { size: this.#configSize, writable: true, mappable: false };
      case VFIO_PCI_VGA_REGION:
        if (classCode !== VGA_CLASS) throw new HostError('EINVAL', operation);
        return { size: 0xc0000n, writable: true, mappable: false };
    }
    if (index < 0 || index >= VFIO_PCI_NUM_REGIONS) throw new HostError('EINVAL', operation);
    const bar = bars.find(candidate => candidate.index === index);
    const size = bar?.size ?? 0n;
    const pageSize = BigInt(this.process.host.inventory.systemPageSize);
    return { size, writable: bar !== undefined, mappable: bar?.type !== 'io' && size >= pageSize };
  }

  /** How many interrupts of a kind the device has. */
  getIrqCount(irq: VfioPciIrq): number {
    this.#enter('VFIO_DEVICE_GET_IRQ_INFO');
    const { capabilities, msixVectors } = this.facts;
    switch (irq) {
      case 'intx':
      case 'req':
        return 1;
      case 'msi':
        return capabilities.includes('msi') ? 1 : 0;
      case 'msix':
        return capabilities.includes('msix') ? msixVectors : 0;
      case 'err':
        return capabilities.includes('pcie') ? 1 : 0;
    }
  }

  /** Sets an interrupt up, or, for `req`, says what to do when the host wants its device back. */
  setIrqs(irq: VfioPciIrq, handler: (() => void) | undefined): void {
    this.#enter('VFIO_DEVICE_SET_IRQS');
    if (irq === 'req') this.#onReleaseRequest = handler;
  }

  reset(): void {
    this.#enter('VFIO_DEVICE_RESET');
  }

  /** The host wants the device back. Called by the kernel model. */
  requestRelease(): void {
    this.#onReleaseRequest?.();
  }

  protected override release(): void {
    this.device.removeFile(this);
    this.group.dropContainerUser();
  }

  get #configSize(): bigint {
    return this.facts.capabilities.includes('pcie') ? PCIE_CONFIG_SIZE : CONFIG_SIZE;
  }

  #enter(operation: Parameters<HostFile['enter']>[0]): void {
    this.enter(operation, [this.group.id]);
  }
}
