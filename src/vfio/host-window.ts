/** A range of I/O addresses that the host's IOMMU translates. */
export interface HostWindow {
  /** First and last byte, inclusive. */
  readonly minIova: bigint;
  readonly maxIova: bigint;
  /** A bit for each page size that can be mapped, the bit's value being the size in bytes. */
  readonly pageSizes: bigint;
}

export function windowContains(window: HostWindow, first: bigint, last: bigint): boolean {
  return first >= window.minIova && last <= window.maxIova;
}

/** The smallest page that can be mapped, bytes. */
export function granularity(pageSizes: bigint): bigint {
  return pageSizes & -pageSizes;
}
