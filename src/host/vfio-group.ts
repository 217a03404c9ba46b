import { HostError } from '../base/errors.ts';
import { HostFile } from './host-file.ts';
import type { IommuGroup } from './iommu-group.ts';
import type { HostProcess } from './process.ts';
import type { VfioContainer } from './vfio-container.ts';
import { VfioDevice } from './vfio-device.ts';

/** `VFIO_GROUP_GET_STATUS` */
export interface GroupStatus {
  /** Every device of the group is bound to a VFIO driver, a stub, or nothing. */
  readonly viable: boolean;
  readonly containerSet: boolean;
}

/** An open /dev/vfio/N. */
export class VfioGroup extends HostFile {
  constructor(
    process: HostProcess,
    readonly group: IommuGroup,
  ) {
    super(process, 'group');
    group.setFile(this);
  }

  get id(): number {
    return this.group.id;
  }

  getStatus(): GroupStatus {
    this.enter('VFIO_GROUP_GET_STATUS', [this.id]);
    return { viable: this.group.viable, containerSet: this.group.container !== undefined };
  }

  /**
   * @throws EINVAL if the group is in a container; EBADF if that one is closed; what the container's IOMMU
   * driver has against a further group (EBUSY for sPAPR v1)
   */
  setContainer(container: VfioContainer): void {
    const operation = 'VFIO_GROUP_SET_CONTAINER';
    this.enter(operation, [this.id]);
    if (this.group.containerUsers > 0) throw new HostError('EINVAL', operation);
    if (!container.isOpen) throw new HostError('EBADF', operation);
    this.group.joinContainer(container);
  }

  /** @throws EINVAL if it is in none; EBUSY while a device file is open or KVM holds the group */
  unsetContainer(): void {
    const operation = 'VFIO_GROUP_UNSET_CONTAINER';
    this.enter(operation, [this.id]);
    if (this.group.containerUsers === 0) throw new HostError('EINVAL', operation);
    if (this.group.containerUsers > 1) throw new HostError('EBUSY', operation);
    this.group.dropContainerUser();
  }

  /**
   * @throws EINVAL if the group has no container with an IOMMU type, or is not viable; ENODEV if the device is
   * not one of the group's, or not bound to a VFIO driver
   */
  getDeviceFd(address: string): VfioDevice {
    const operation = 'VFIO_GROUP_GET_DEVICE_FD';
    this.enter(operation, [this.id]);
    if (this.group.container?.iommu === undefined || !this.group.viable) {
      throw new HostError('EINVAL', operation);
    }
    const device = this.group.devices.find(candidate => candidate.address === address);
    if (!device?.isBoundToVfio) throw new HostError('ENODEV', operation);
    return new VfioDevice(this.process, device, this.group);
  }

  protected override release(): void {
    this.group.dropContainerUser();
    this.group.setFile(undefined);
  }
}
