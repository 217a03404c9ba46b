import { EehState } from './eeh.ts';
import { HostDevice } from './host-device.ts';
import type { InventoryGroup, ReservedRange } from './inventory.ts';
import type { VfioContainer } from './vfio-container.ts';
import type { VfioGroup } from './vfio-group.ts';

/**
 * An IOMMU group: the devices the host's IOMMU cannot tell apart. Its part in VFIO follows
 * drivers/vfio: each user (the group's file once it is in a container, every device file, KVM) holds the
 * container; the last one to go takes the group out of it.
 */
export class IommuGroup {
  readonly id: number;
  /** Whether the bridge above can have dynamic windows. */
  readonly ddw: boolean;
  /** I/O addresses that its devices cannot use for memory. */
  readonly reserved: readonly ReservedRange[];
  readonly devices: readonly HostDevice[];
  /** Error handling of the group as a partitionable endpoint; only POWER hosts have it. */
  readonly eeh = new EehState();
  #file: VfioGroup | undefined;
  #container: VfioContainer | undefined;
  #containerUsers = 0;

  constructor(facts: InventoryGroup) {
    this.id = facts.id;
    this.ddw = facts.ddw;
    this.reserved = facts.reserved;
    this.devices = facts.devices.map(device => new HostDevice(device, this));
  }

  /** Whether every device is free for a process to use. */
  get viable(): boolean {
    return this.devices.every(device => device.allowsAssignment);
  }

  /** Whether a process has one of its devices open. */
  get isUsed(): boolean {
    return this.devices.some(device => device.files.size > 0);
  }

  /** Whether /dev/vfio/N is there: it is while a device is bound to a VFIO driver. */
  get hasFile(): boolean {
    return this.devices.some(device => device.isBoundToVfio);
  }

  /** The one open /dev/vfio/N. */
  get file(): VfioGroup | undefined {
    return this.#file;
  }

  get container(): VfioContainer | undefined {
    return this.#container;
  }

  get containerUsers(): number {
    return this.#containerUsers;
  }

  setFile(file: VfioGroup | undefined): void {
    this.#file = file;
  }

  /** Puts the group into a container, with the group's file as first user. */
  joinContainer(container: VfioContainer): void {
    container.addGroup(this);
    this.#container = container;
    this.#containerUsers = 1;
  }

  addContainerUser(): void {
    this.#containerUsers++;
  }

  /** Takes a user away, if there is one; with the last one the group leaves its container. */
  dropContainerUser(): void {
    if (this.#containerUsers === 0) return;
    if (--this.#containerUsers > 0) return;
    const container = this.#container;
    this.#container = undefined;
    container?.removeGroup(this);
    for (const device of this.devices) device.settle();
  }
}
