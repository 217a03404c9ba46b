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
  #present = true;
  /** What is to be as soon as nobody uses the device any more. */
  #next: { readonly driver: string | undefined; readonly present: boolean } | undefined;
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

  /** Whether it is plugged in. */
  get present(): boolean {
    return this.#present;
  }

  get driver(): string | undefined {
    return this.#driver;
  }

  get isBoundToVfio(): boolean {
    return this.#driver !== undefined && VFIO_DRIVERS.includes(this.#driver);
  }

  /** Whether the group may be given to a process as far as this device is concerned. */
  get allowsAssignment(): boolean {
    return isHarmless(this.#driver);
  }

  /** The open files of the device. */
  get files(): ReadonlySet<VfioDevice> {
    return this.#files;
  }

  /** The driver, or its absence, that waits for the device's users to let it go. */
  get nextDriver(): { readonly driver: string | undefined } | undefined {
    return this.#next;
  }

  /**
   * Unbinds the device from its driver and binds it to another. Like the kernel this waits while the device is
   * open, whose users are asked to let it go, or while its group could not be in a container with the driver.
   */
  rebind(driver: string | undefined): void {
    this.#change({ driver, present: true });
  }

  /** Takes the device out of the host, in the same way. */
  unplug(): void {
    if (this.#present) this.#change({ driver: undefined, present: false });
  }

  /**
   * Puts it back; it is bound to the driver that it had at first, as soon as its group lets it. One whose removal
   * still waits just stays.
   */
  plug(): void {
    this.#next = undefined;
    if (this.#present) return;
    this.#present = true;
    this.#change({ driver: this.facts.driver, present: true });
  }

  #change(next: { readonly driver: string | undefined; readonly present: boolean }): void {
    this.#next = next;
    for (const file of [...this.#files]) file.requestRelease();
    this.settle();
  }

  /** Called when something was let go: a driver that waits may come. */
  settle(): void {
    if (this.#next === undefined || this.#files.size > 0) return;
    const { driver, present } = this.#next;
    if (this.group?.container !== undefined && !isHarmless(driver)) return;
    this.#driver = driver;
    this.#present = present;
    this.#next = undefined;
  }

  /** Called by a file of the device when it is opened, */
  addFile(file: VfioDevice): void {
    if (this.group?.isUsed === false) this.group.eeh.changeOwner();
    this.#files.add(file);
  }

  /** and when it is closed. */
  removeFile(file: VfioDevice): void {
    this.#files.delete(file);
    if (this.group?.isUsed === false) this.group.eeh.changeOwner();
    this.settle();
  }
}

/** Whether a device with this driver may be in a group that a process uses. */
function isHarmless(driver: string | undefined): boolean {
  return driver === undefined || VFIO_DRIVERS.includes(driver) || STUB_DRIVERS.includes(driver);
}
