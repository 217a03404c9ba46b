import { attempt } from '../base/disposal.ts';
import { QmpError } from '../base/errors.ts';
import type { Tracer } from '../base/trace.ts';
import type { VfioDevice } from '../host/vfio-device.ts';
import type { VfioGroup as HostGroup } from '../host/vfio-group.ts';
import type { VfioAddressSpace } from './address-space.ts';
import { VfioContainer } from './container.ts';
import { hostStep, prefixing } from './errors.ts';
import type { VfioSystem } from './system.ts';

/** Flags of `VFIO_DEVICE_GET_INFO` (linux/vfio.h). */
const FLAG_RESET = 1;
const FLAG_PCI = 2;

/** A device assigned to the guest, as its group knows it. */
export interface VfioGroupDevice {
  /** Host address, `0001:00:00.0`. */
  readonly name: string;
  readonly id: string | undefined;
  readonly path: string;
}

/** An open IOMMU group: what the host isolates as one, in one container. */
export class VfioGroup {
  readonly #devices: VfioGroupDevice[] = [];

  private constructor(
    readonly file: HostGroup,
    readonly container: VfioContainer,
    private readonly trace: Tracer,
  ) {}

  get id(): number {
    return this.file.id;
  }

  get devices(): readonly VfioGroupDevice[] {
    return this.#devices;
  }

  /**
   * Opens a group and puts it into a container of `space`: one that takes it, else a new one.
   * @throws QmpError; nothing stays open then
   */
  static open(system: VfioSystem, id: number, space: VfioAddressSpace): VfioGroup {
    return attempt(undo => {
      const path = `/dev/vfio/${id}`;
      const file = hostStep(`failed to open ${path}`, () => system.environment.process.openGroup(id));
      undo.push(() => file.close());
      const status = hostStep(`failed to get group ${id} status`, () => file.getStatus());
      if (!status.viable) {
        throw new QmpError(
          `group ${id} is not viable`,
          'GenericError',
          'Please ensure all devices within the iommu_group are bound to their vfio bus driver.',
        );
      }
      const container = prefixing(`failed to setup container for group ${id}: `, () =>
        VfioContainer.connect(system, file, space),
      );
      return new VfioGroup(file, container, system.environment.trace);
    });
  }

  /** @throws QmpError */
  openDevice(device: VfioGroupDevice): VfioDevice {
    if (this.#devices.some(other => other.name === device.name))
      throw new QmpError('device is already attached');
    const hint = `Verify all devices in group ${this.id} are bound to vfio-<bus> or pci-stub and not already in use`;
    const file = hostStep(
      `error getting device from group ${this.id}`,
      () => this.file.getDeviceFd(device.name),
      hint,
    );
    try {
      const { pci, reset, regions, irqs } = hostStep('error getting device info', () => file.getInfo());
      const flags = (reset ? FLAG_RESET : 0) | (pci ? FLAG_PCI : 0);
      this.trace.point('vfio_get_device', device.name, flags, regions, irqs);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#devices.push(device);
    return file;
  }

  closeDevice(device: VfioGroupDevice, file: VfioDevice): void {
    this.#devices.splice(this.#devices.indexOf(device), 1);
    this.trace.point('vfio_put_base_device', file.fd);
    file.close();
  }

  /** For `VfioSystem`. */
  close(): void {
    this.container.disconnect(this.file);
    this.trace.point('vfio_put_group', this.file.fd);
    this.file.close();
  }
}
