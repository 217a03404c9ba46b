import type { InventoryDevice } from './inventory.ts';
import type { IommuGroup } from './iommu-group.ts';
import type { VfioDevice } from './vfio-device.ts';

/** Drivers that give a device to /dev/vfio. */
const VFIO_DRIVERS: readonly string[] = ['vfio-pci'];
/** Drivers that do no DMA and so may sit beside a VFIO driver in a group. */
const STUB_DRIVERS: readonly string[] = ['pci-stub', 'pcieport'];

/** A PCI function of the host, as its kernel and sysfs know it. */
export class HostDevice {
  #driver: string | undefined;
  readonly #files = new Set<VfioDevice>();

  constructor(
    /** What it is: ids, BARs, capabilities. */
    readonly facts: InventoryDevice,
    /** Its IOMMU group; a device without one cannot be assigned. */
    readonly group: IommuGroup | undefined,
  ) {
    this.#driver = facts.driver;
  }

  /** `DDDD:BB:DD.F` */
  get address(): string {
    return this.facts.address;
  }

  get driver(): string | undefined {
    return this.#driver;
  }

  get isBoundToVfio(): boolean {
    return this.#driver !== undefined && VFIO_DRIVERS.includes(this.#driver);
  }

  /** Whether the group may be given to a process as far as this device is concerned. */
  get allowsAssignment(): boolean {
    return this.#driver === undefined || this.isBoundToVfio || STUB_DRIVERS.includes(this.#driver);
  }

  /** The open files of the device. */
  get files(): ReadonlySet<VfioDevice> {
    return this.#files;
  }

  /** Called by the kernel model when a driver is bound or unbound. */
  setDriver(driver: string | undefined): void {
    this.#driver = driver;
  }

  /** Called by a file of the device when it is opened, */
  addFile(file: VfioDevice): void {
    this.#files.add(file);
  }

  /** and when it is closed. */
  removeFile(file: VfioDevice): void {
    this.#files.delete(file);
  }
}
