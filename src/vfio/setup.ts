import { attempt, type DisposalStack } from '../base/disposal.ts';
import { HostError } from '../base/errors.ts';
import { SpaprTceV1 } from '../host/iommu-spapr-v1.ts';
import { SpaprTceV2 } from '../host/iommu-spapr-v2.ts';
import { Type1 } from '../host/iommu-type1.ts';
import type { VfioContainer } from './container.ts';
import { hostStep } from './errors.ts';
import { setUpSpaprV2 } from './setup-spapr-v2.ts';

const SPAPR_V1_PAGE_SIZE = 0x1000n;
const LAST_ADDRESS = 2n ** 64n - 1n;
const DEFAULT_PAGE_SIZES = 0x1000n;

/**
 * Readies the host's IOMMU for mappings and notes what it can translate.
 * @returns what undoes it
 * @throws QmpError
 */
export function setUpIommu(container: VfioContainer): DisposalStack {
  return attempt(undo => {
    const { iommu } = container;
    if (iommu instanceof SpaprTceV1) setUpSpaprV1(container, iommu, undo);
    else if (iommu instanceof SpaprTceV2) setUpSpaprV2(container, iommu, undo);
    else if (iommu instanceof Type1) setUpType1(container, iommu);
    return undo.move();
  });
}

/** Its window is all of 64 bits: older kernels do not tell a smaller one. */
function setUpType1(container: VfioContainer, iommu: Type1): void {
  const pageSizes = knownPageSizes(iommu) || DEFAULT_PAGE_SIZES;
  container.windows.push({ minIova: 0n, maxIova: LAST_ADDRESS, pageSizes });
}

/** @returns 0 if the host does not say */
function knownPageSizes(iommu: Type1): bigint {
  try {
    return iommu.getInfo().pageSizes;
  } catch (error) {
    if (error instanceof HostError) return 0n;
    throw error;
  }
}

function setUpSpaprV1(container: VfioContainer, iommu: SpaprTceV1, undo: DisposalStack): void {
  hostStep('failed to enable container', () => iommu.enable());
  // Not undone by hand: the kernel does it with the last group, and a host that fails here could not be told.
  const info = hostStep('VFIO_IOMMU_SPAPR_TCE_GET_INFO failed', () => iommu.getInfo());
  container.windows.push({
    minIova: info.dma32WindowStart,
    maxIova: info.dma32WindowStart + info.dma32WindowSize - 1n,
    pageSizes: SPAPR_V1_PAGE_SIZE,
  });
  undo.push(() => container.windows.splice(0));
}
