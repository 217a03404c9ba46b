import { HostError, QmpError } from '../base/errors.ts';
import type { SpaprTceV2 } from '../host/iommu-spapr-v2.ts';
import type { MemorySection } from '../memory/address-space.ts';
import { hex, hostStep } from './errors.ts';
import type { HostWindow } from './host-window.ts';
import type { VfioEnvironment } from './system.ts';

const ENTRY_BYTES = 8n;
/** One level of a TCE table takes this many system pages without asking too much of the host: 2^8. */
const LEVEL_PAGES_SHIFT = 8;
const ADDRESS_BITS = 64;

/** What a window is made of. */
interface WindowRequest {
  readonly section: MemorySection;
  /** The guest's page size, bytes. */
  readonly pageSize: bigint;
  /** Mask of what the host has. */
  readonly hostPageSizes: bigint;
}

/**
 * Makes the host's window for a window of the guest (sPAPR v2), with the largest pages of the host that are no
 * larger than the guest's and than those that back its memory.
 * @throws QmpError; what went wrong in particular is reported
 */
export function createSpaprWindow(
  iommu: SpaprTceV2,
  { section, pageSize, hostPageSizes }: WindowRequest,
  environment: VfioEnvironment,
): HostWindow {
  const { process, report, trace } = environment;
  const { start, size } = section;
  const largest = largestUpTo(hostPageSizes, min(pageSize, process.memory.smallestPageSize ?? pageSize));
  if (largest === undefined) {
    report(`Host doesn't support page size ${hex(pageSize)}, the supported mask is ${hex(hostPageSizes)}`);
    throw new QmpError('Failed to create SPAPR window: Invalid argument');
  }
  const pageShift = log2(largest);
  const { base, levels } = hostStep('Failed to create SPAPR window', () => {
    try {
      return createWithLevels(iommu, pageShift, size, log2(BigInt(process.host.inventory.systemPageSize)));
    } catch (error) {
      if (error instanceof HostError) report(`Failed to create a window, ret = -1 (${error.text})`);
      throw error;
    }
  });
  if (base !== start) {
    removeSpaprWindow(iommu, base, environment);
    const [wanted, got] = [start.toString(16), base.toString(16)];
    report(`Host doesn't support DMA window at ${wanted}, must be ${got}`);
    throw new QmpError('Failed to create SPAPR window: Invalid argument');
  }
  trace.point('vfio_spapr_create_window', pageShift, levels, size, start);
  return { minIova: start, maxIova: start + size - 1n, pageSizes: largest };
}

/** @returns whether the host did it; if not, that is reported */
export function removeSpaprWindow(
  iommu: SpaprTceV2,
  start: bigint,
  { report, trace }: VfioEnvironment,
): boolean {
  try {
    iommu.removeWindow(start);
    trace.point('vfio_spapr_remove_window', start);
    return true;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    report(`Failed to remove window at ${start.toString(16)}`);
    return false;
  }
}

/** A host that is short of contiguous memory may be able to make the table with more levels. */
function createWithLevels(iommu: SpaprTceV2, pageShift: number, size: bigint, systemShift: number) {
  const indexBits = log2((size >> BigInt(pageShift)) * ENTRY_BYTES);
  const most = Math.floor((ADDRESS_BITS - pageShift) / systemShift);
  for (let levels = Math.ceil(indexBits / (systemShift + LEVEL_PAGES_SHIFT)); ; levels++) {
    try {
      return { base: iommu.createWindow({ pageShift, size, levels }), levels };
    } catch (error) {
      if (!(error instanceof HostError) || levels >= most) throw error;
    }
  }
}

/** The largest size in a mask that is not above a limit. */
function largestUpTo(mask: bigint, limit: bigint): bigint | undefined {
  for (let size = limit; size > 0n; size >>= 1n) if ((mask & size) !== 0n) return size;
  return undefined;
}

/** Of a power of two. */
function log2(value: bigint): number {
  return value.toString(2).length - 1;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
