import { HostError, QmpError } from '../base/errors.ts';
import type { Tracer } from '../base/trace.ts';
import type { KvmVm } from '../host/kvm.ts';
import type { KvmTceFile } from '../host/kvm-tce.ts';
import type { KvmVfioDevice } from '../host/kvm-vfio.ts';
import type { HostProcess } from '../host/process.ts';
import type { VfioGroup as HostGroup } from '../host/vfio-group.ts';
import type { AddressSpace } from '../memory/address-space.ts';
import { VfioAddressSpace } from './address-space.ts';
import type { VfioContainer } from './container.ts';
import { VfioGroup } from './group.ts';

/** What VFIO needs of the machine around it. */
export interface VfioEnvironment {
  readonly process: HostProcess;
  /** What the processor sees: where translations must end. */
  readonly memorySpace: AddressSpace;
  readonly kvmVm: KvmVm | undefined;
  readonly trace: Tracer;
  /** Takes the lines that QEMU prints on stderr. */
  readonly report: (line: string) => void;
}

/** All that one machine has open of VFIO. */
export class VfioSystem {
  readonly #spaces = new Map<AddressSpace, VfioAddressSpace>();
  readonly #groups = new Map<number, VfioGroup>();
  #kvmDevice: KvmVfioDevice | undefined;

  constructor(readonly environment: VfioEnvironment) {}

  get spaces(): readonly VfioAddressSpace[] {
    return [...this.#spaces.values()];
  }

  get containers(): readonly VfioContainer[] {
    return this.spaces.flatMap(space => space.containers);
  }

  /** The open groups that share a container, oldest first. */
  groupsOf(container: VfioContainer): readonly VfioGroup[] {
    return [...this.#groups.values()].filter(group => group.container === container);
  }

  /** The lowest number that no container has, so that a failed attempt leaves no trace. */
  freeContainerId(): number {
    const used = new Set(this.containers.map(container => container.id));
    let id = 0;
    while (used.has(id)) id++;
    return id;
  }

  /**
   * The group for devices that do DMA in `dmaSpace`, opened and set up unless it is already.
   * @throws QmpError
   */
  getGroup(id: number, dmaSpace: AddressSpace): VfioGroup {
    const open = this.#groups.get(id);
    if (open !== undefined) {
      if (open.container.space.dmaSpace !== dmaSpace)
        throw new QmpError(`group ${id} used in multiple address spaces`);
      return open;
    }
    const space = this.#spaces.get(dmaSpace) ?? new VfioAddressSpace(dmaSpace);
    const group = this.#openGroup(id, space);
    this.#spaces.set(dmaSpace, space);
    this.#groups.set(id, group);
    return group;
  }

  /** Closes a group whose last device is gone, and whatever was open only for it. */
  putGroup(group: VfioGroup): void {
    if (group.devices.length > 0) return;
    this.#groups.delete(group.id);
    const { space } = group.container;
    group.close();
    if (space.containers.length === 0) this.#spaces.delete(space.dmaSpace);
    if (this.#groups.size === 0) this.#closeKvmDevice();
  }

  /** Does something with a group, which is opened for that alone unless it is open already. @throws QmpError */
  withGroup<T>(id: number, dmaSpace: AddressSpace, step: (group: VfioGroup) => T): T {
    const group = this.getGroup(id, dmaSpace);
    try {
      return step(group);
    } finally {
      this.putGroup(group);
    }
  }

  #openGroup(id: number, space: VfioAddressSpace): VfioGroup {
    const before = this.#kvmDevice;
    try {
      return VfioGroup.open(this, id, space);
    } catch (error) {
      // Made for this group, which may not be the first: earlier ones may have had to do without.
      if (before === undefined) this.#closeKvmDevice();
      throw error;
    }
  }

  #closeKvmDevice(): void {
    this.#kvmDevice?.close();
    this.#kvmDevice = undefined;
  }

  /**
   * Tells KVM of a group in a container, so that it knows of DMA that does not go through it. The device
   * for that is made with the first group. Failing is only reported.
   */
  addToKvm(group: HostGroup): void {
    const { kvmVm, report } = this.environment;
    if (kvmVm === undefined) return;
    try {
      this.#kvmDevice ??= kvmVm.createVfioDevice();
      this.#kvmDevice.addGroup(group);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      report(`Failed to add group ${group.id} to KVM VFIO device: ${error.text}`);
    }
  }

  /** Failing is only reported; KVM then loses the group together with its device. */
  removeFromKvm(group: HostGroup): void {
    const device = this.#kvmDevice;
    if (device?.groupIds.includes(group.id) !== true) return;
    try {
      device.removeGroup(group);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.environment.report(`Failed to remove group ${group.id} from KVM VFIO device: ${error.text}`);
      this.#renewKvmDevice(device.groupIds.filter(id => id !== group.id));
    }
  }

  /** A group that KVM does not let go could not be opened again as long as the device is there. */
  #renewKvmDevice(groupIds: readonly number[]): void {
    this.#kvmDevice?.close();
    this.#kvmDevice = undefined;
    for (const id of groupIds) {
      const group = this.#groups.get(id);
      if (group !== undefined) this.addToKvm(group.file);
    }
    for (const container of this.containers) container.refreshKernelTables();
  }

  /** Has KVM carry the changes of a guest's table over to a group. @returns whether it does; if not, that is reported */
  attachKernelTable(group: HostGroup, table: KvmTceFile): boolean {
    try {
      if (this.#kvmDevice === undefined) return false;
      this.#kvmDevice.setSpaprTce(group, table);
      this.environment.trace.point('vfio_spapr_group_attach', group.fd, table.fd);
      return true;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      const { fd } = table;
      this.environment.report(
        `vfio: failed to setup fd ${fd} for a group with fd ${group.fd}: ${error.text}`,
      );
      return false;
    }
  }
}
