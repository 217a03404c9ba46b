import type { DisposalStack } from '../base/disposal.ts';
import type { SpaprTceV2 } from '../host/iommu-spapr-v2.ts';
import type { VfioContainer } from './container.ts';
import { hostStep } from './errors.ts';
import { PreregListener } from './prereg-listener.ts';

/**
 * Announces the guest's memory, and removes the window that a new container has: windows are made as the
 * guest's come and go.
 * @throws QmpError
 */
export function setUpSpaprV2(container: VfioContainer, iommu: SpaprTceV2, undo: DisposalStack): void {
  const { environment } = container.system;
  const { memorySpace } = environment;
  const listener = new PreregListener(iommu, environment, () => container.initialized);
  undo.push(() => memorySpace.removeListener(listener));
  memorySpace.addListener(listener);
  if (listener.error !== undefined)
    throw listener.error.prefixed('RAM memory listener initialization failed: ');
  const info = hostStep('VFIO_IOMMU_SPAPR_TCE_GET_INFO failed', () => iommu.getInfo());
  container.dynamicPageSizes = info.ddw?.pageSizes ?? 0n;
  hostStep('failed to remove existing window', () => iommu.removeWindow(info.dma32WindowStart));
}
