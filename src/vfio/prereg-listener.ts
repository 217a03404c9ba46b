import { HardwareError, HostError, QmpError } from '../base/errors.ts';
import type { SpaprTceV2 } from '../host/iommu-spapr-v2.ts';
import type { MemoryListener, MemorySection } from '../memory/address-space.ts';
import type { VfioEnvironment } from './system.ts';

/** Announces the guest's memory to an sPAPR v2 container, which maps nothing that was not announced. */
export class PreregListener implements MemoryListener {
  /** The first failure while the container is set up. */
  error: QmpError | undefined;

  constructor(
    private readonly iommu: SpaprTceV2,
    private readonly environment: VfioEnvironment,
    /** Whether set-up is over: then a failure cannot be told to anyone who could do without. */
    private readonly isInitialized: () => boolean,
  ) {}

  regionAdd({ region, start, size }: MemorySection): void {
    const { trace } = this.environment;
    if (region.kind !== 'ram') {
      trace.point('vfio_prereg_listener_region_add_skip', start, start + size - 1n);
      return;
    }
    try {
      // A process address of guest RAM is its guest physical address.
      this.iommu.registerMemory(start, size);
      trace.point('vfio_prereg_register', start, size, 0);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      trace.point('vfio_prereg_register', start, size, -error.number);
      if (this.isInitialized())
        throw new HardwareError('vfio: Memory registering failed, unable to continue');
      this.error ??= new QmpError(`Memory registering failed: ${error.text}`);
    }
  }

  regionDel({ region, start, size }: MemorySection): void {
    const { trace } = this.environment;
    if (region.kind !== 'ram') {
      trace.point('vfio_prereg_listener_region_del_skip', start, start + size - 1n);
      return;
    }
    try {
      this.iommu.unregisterMemory(start, size);
      trace.point('vfio_prereg_unregister', start, size, 0);
    } catch (error) {
      // Memory that is still mapped, or was never registered: the kernel sees to it with the container.
      if (!(error instanceof HostError)) throw error;
      trace.point('vfio_prereg_unregister', start, size, -error.number);
    }
  }
}
