/** How a PC's RAM lies around the hole below 4 GiB, where devices have their registers. Bytes. */
export interface RamSplit {
  readonly below4G: bigint;
  readonly above4G: bigint;
  /** The most that could be below, as the machine shows it. */
  readonly limit: bigint;
}

const GIB = 1n << 30n;
export const FOUR_GIB = 4n * GIB;

/**
 * `pc`: up to 3.5 GiB below; more RAM than that is cut at 3 GiB, so that large pages fit.
 * @param limit what the user allows below; 0 for as much as the machine can
 * @param cutsAtLargePage false on versions that did not care
 */
export function splitForI440fx(size: bigint, limit: bigint, cutsAtLargePage: boolean): RamSplit {
  const most = limit === 0n ? 0xe0000000n : limit;
  const lowest = cutsAtLargePage && size >= most && most > 3n * GIB ? 3n * GIB : most;
  return cut(size, lowest, most);
}

/** `q35`: leaves room for the memory-mapped configuration space at 0xb0000000. */
export function splitForQ35(size: bigint, limit: bigint): RamSplit {
  const most = limit === 0n ? FOUR_GIB : limit;
  const usual = size >= 0xb0000000n ? 2n * GIB : 0xb0000000n;
  return cut(size, usual > most ? most : usual, most);
}

function cut(size: bigint, at: bigint, limit: bigint): RamSplit {
  return size >= at ? { below4G: at, above4G: size - at, limit } : { below4G: size, above4G: 0n, limit };
}
