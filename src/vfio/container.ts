import { attempt, DisposalStack } from '../base/disposal.ts';
import { HardwareError, HostError, QmpError } from '../base/errors.ts';
import type { IommuDriver, IommuType } from '../host/iommu-driver.ts';
import { SpaprTceV2 } from '../host/iommu-spapr-v2.ts';
import type { KvmTceFile } from '../host/kvm-tce.ts';
import { type VfioContainer as HostContainer, VFIO_API_VERSION } from '../host/vfio-container.ts';
import type { VfioGroup as HostGroup } from '../host/vfio-group.ts';
import type { MemorySection } from '../memory/address-space.ts';
import type { VfioAddressSpace } from './address-space.ts';
import { hex, hostStep } from './errors.ts';
import type { VfioGuestIommu } from './guest-iommu.ts';
import type { HostWindow } from './host-window.ts';
import { VfioListener } from './listener.ts';
import { setUpIommu } from './setup.ts';
import { createSpaprWindow, removeSpaprWindow } from './spapr-window.ts';
import type { VfioSystem } from './system.ts';

/** From the richest to the poorest; what the kernel offers first is taken. */
const IOMMU_TYPES: readonly IommuType[] = ['type1v2', 'type1', 'spapr-tce-v2', 'spapr-tce-v1'];

/**
 * One host IOMMU context: the groups in it share its mappings, which follow the guest's DMA address space
 * from the moment the container is connected.
 */
export class VfioContainer {
  readonly id: number;
  readonly groups: HostGroup[] = [];
  /** Ascending by address. */
  readonly windows: HostWindow[] = [];
  /** Guest IOMMU regions that this container follows. */
  readonly guestIommus: VfioGuestIommu[] = [];
  /** True once set-up is over: from then on a mapping that cannot be made is a hardware error. */
  #initialized = false;
  /** The first failure of the listener during set-up. */
  #error: QmpError | undefined;
  readonly #listener: VfioListener;
  /** What set-up did to the host, undone when the container goes. */
  #setup = new DisposalStack();

  private constructor(
    readonly system: VfioSystem,
    readonly space: VfioAddressSpace,
    readonly file: HostContainer,
  ) {
    this.id = system.freeContainerId();
    this.#listener = new VfioListener(this);
  }

  get initialized(): boolean {
    return this.#initialized;
  }

  /** The host's IOMMU driver. */
  get iommu(): IommuDriver {
    const { iommu } = this.file;
    if (iommu === undefined) throw new Error('container has no IOMMU');
    return iommu;
  }

  /** Page sizes that windows can be made with, where they are made on demand (sPAPR v2). */
  dynamicPageSizes = 0n;

  /** Page sizes of the host's IOMMU, as a mask like `HostWindow.pageSizes`. */
  get pageSizes(): bigint {
    return this.windows.reduce((mask, window) => mask | window.pageSizes, this.dynamicPageSizes);
  }

  /** The host's IOMMU driver, where its windows are made on demand. */
  get #dynamic(): SpaprTceV2 | undefined {
    const { iommu } = this;
    return iommu instanceof SpaprTceV2 ? iommu : undefined;
  }

  /** Has the host make a window for one of the guest's, if that is how it works. @throws QmpError */
  openWindow(section: MemorySection, pageSize: bigint): void {
    if (this.#dynamic === undefined) return;
    const last = section.start + section.size - 1n;
    const other = this.windows.find(({ minIova, maxIova }) => minIova <= last && section.start <= maxIova);
    if (other !== undefined) {
      throw new QmpError(
        `region [${hex(section.start)},${hex(last)}] overlaps with existing host DMA window ` +
          `[${hex(other.minIova)},${hex(other.maxIova)}]`,
      );
    }
    const request = { section, pageSize, hostPageSizes: this.dynamicPageSizes };
    const window = createSpaprWindow(this.#dynamic, request, this.system.environment);
    this.windows.push(window);
    this.windows.sort((a, b) => (a.minIova < b.minIova ? -1 : 1));
  }

  /** Removes the host's window that was made for one of the guest's. */
  closeWindow({ start }: MemorySection): void {
    const index = this.windows.findIndex(({ minIova }) => minIova === start);
    if (this.#dynamic === undefined || index < 0) return;
    this.windows.splice(index, 1);
    removeSpaprWindow(this.#dynamic, start, this.system.environment);
  }

  /** What stands for the container's address in messages. */
  get label(): string {
    return hex(0x10000 + this.id);
  }

  /**
   * Puts a group into a container of the address space that takes it, else into a new one.
   * @throws QmpError; nothing is left behind then
   */
  static connect(system: VfioSystem, group: HostGroup, space: VfioAddressSpace): VfioContainer {
    for (const container of space.containers) {
      if (container.#join(group)) return container;
    }
    return attempt(undo => {
      const file = hostStep('failed to open /dev/vfio/vfio', () =>
        system.environment.process.openContainer(),
      );
      undo.push(() => file.close());
      const version = hostStep('failed to get VFIO API version', () => file.getApiVersion());
      if (version !== VFIO_API_VERSION) {
        throw new QmpError(`supported vfio version: ${VFIO_API_VERSION}, reported version: ${version}`);
      }
      const container = new VfioContainer(system, space, file);
      container.#setType(group, undo);
      container.#setup = setUpIommu(container);
      undo.push(() => container.#setup.dispose());
      system.addToKvm(group);
      undo.push(() => system.removeFromKvm(group));
      container.groups.push(group);
      space.containers.unshift(container);
      undo.push(() => space.containers.splice(space.containers.indexOf(container), 1));
      undo.push(() => space.dmaSpace.removeListener(container.#listener));
      space.dmaSpace.addListener(container.#listener);
      if (container.#error !== undefined)
        throw container.#error.prefixed('memory listener initialization failed: ');
      container.#initialized = true;
      return container;
    });
  }

  /**
   * Has KVM carry the changes of a table that it keeps over to this container's groups.
   * @returns false unless it does so for all of them
   */
  followKernelTable(table: KvmTceFile): boolean {
    if (this.#dynamic === undefined) return false;
    return this.groups.every(group => this.system.attachKernelTable(group, table));
  }

  /** The groups have changed, or what KVM knows of them. */
  refreshKernelTables(): void {
    for (const { region } of this.guestIommus) region.notifiersChanged();
  }

  /** @returns false if the host does not take the group beside those already here */
  #join(group: HostGroup): boolean {
    try {
      group.setContainer(this.file);
    } catch (error) {
      if (error instanceof HostError) return false;
      throw error;
    }
    this.groups.push(group);
    this.system.addToKvm(group);
    this.refreshKernelTables();
    return true;
  }

  /** Picks the type, attaches the group, sets the type; v2 falls back to v1 where the host refuses it. */
  #setType(group: HostGroup, undo: DisposalStack): void {
    const { file } = this;
    const type = IOMMU_TYPES.find(candidate =>
      hostStep('failed to check IOMMU models', () => file.checkExtension(candidate)),
    );
    if (type === undefined) throw new QmpError('No available IOMMU models');
    hostStep('Failed to set group container', () => group.setContainer(file));
    undo.push(() => this.#unsetContainer(group));
    hostStep('Failed to set iommu for container', () => {
      try {
        file.setIommu(type);
      } catch (error) {
        if (!(error instanceof HostError) || type !== 'spapr-tce-v2') throw error;
        file.setIommu('spapr-tce-v1');
      }
    });
  }

  /**
   * The listener could not do what the guest's address space asks. While the container is set up that makes
   * the set-up fail.
   * @param where the region, for the message
   * @throws HardwareError later: devices would do DMA with what is mapped no more
   */
  fail(error: QmpError, where: string): void {
    if (!this.#initialized) {
      this.#error ??= error.prefixed(where);
      return;
    }
    this.system.environment.report(error.desc);
    throw new HardwareError('vfio: DMA mapping failed, unable to continue');
  }

  /** Takes a group out; with the last one everything is undone. */
  disconnect(group: HostGroup): void {
    this.groups.splice(this.groups.indexOf(group), 1);
    this.system.removeFromKvm(group);
    const last = this.groups.length === 0;
    if (last) {
      this.space.dmaSpace.removeListener(this.#listener);
      this.#setup.dispose();
    }
    this.#unsetContainer(group);
    if (!last) return;
    this.system.environment.trace.point('vfio_disconnect_container', this.file.fd);
    this.file.close();
    this.space.containers.splice(this.space.containers.indexOf(this), 1);
  }

  #unsetContainer(group: HostGroup): void {
    try {
      group.unsetContainer();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      // Closing the files does it in any case.
      this.system.environment.report(`vfio: error disconnecting group ${group.id} from container`);
    }
  }
}
