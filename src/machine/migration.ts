import { QmpError } from '../base/errors.ts';
import type {
  MigrateSetParameters,
  MigrationCapability,
  MigrationCapabilityStatus,
  MigrationParameters,
} from '../generated/types.ts';

/** In the order in which they are listed. */
const CAPABILITIES: readonly MigrationCapability[] = [
  'xbzrle',
  'rdma-pin-all',
  'auto-converge',
  'zero-blocks',
  'compress',
  'events',
  'postcopy-ram',
  'x-colo',
  'release-ram',
  'block',
  'return-path',
  'pause-before-switchover',
  'multifd',
  'dirty-bitmaps',
  'postcopy-blocktime',
  'late-block-activate',
  'x-ignore-shared',
  'validate-uuid',
  'background-snapshot',
  'zero-copy-send',
  'postcopy-preempt',
];

/** What a snapshot in the background cannot be combined with, in the order in which QEMU looks. */
const NOT_IN_BACKGROUND: readonly MigrationCapability[] = [
  'postcopy-ram',
  'dirty-bitmaps',
  'postcopy-blocktime',
  'late-block-activate',
  'return-path',
  'multifd',
  'pause-before-switchover',
  'auto-converge',
  'release-ram',
  'rdma-pin-all',
  'compress',
  'xbzrle',
  'x-colo',
  'validate-uuid',
  'zero-copy-send',
];

const DEFAULTS: MigrationParameters = {
  'announce-initial': 50,
  'announce-max': 550,
  'announce-rounds': 5,
  'announce-step': 100,
  'compress-level': 1,
  'compress-threads': 8,
  'compress-wait-thread': true,
  'decompress-threads': 2,
  'throttle-trigger-threshold': 50,
  'cpu-throttle-initial': 20,
  'cpu-throttle-increment': 10,
  'cpu-throttle-tailslow': false,
  'tls-creds': '',
  'tls-hostname': '',
  'tls-authz': '',
  'max-bandwidth': 134217728,
  'downtime-limit': 300,
  'x-checkpoint-delay': 20000,
  'block-incremental': false,
  'multifd-channels': 2,
  'xbzrle-cache-size': 67108864,
  'max-postcopy-bandwidth': 0,
  'max-cpu-throttle': 99,
  'multifd-compression': 'none',
  'multifd-zlib-level': 1,
  'multifd-zstd-level': 1,
};

/** Bytes of a page of the guest, the smallest cache there can be. */
const PAGE_SIZE = 4096n;

type NumberName = {
  [Name in keyof MigrateSetParameters]-?: NonNullable<MigrateSetParameters[Name]> extends number | bigint
    ? Name
    : never;
}[keyof MigrateSetParameters];

/** Ranges, ends included, in the order in which QEMU checks them, and how it puts them into words. */
const RANGES: readonly (readonly [name: NumberName, low: number, high: number, words: string])[] = [
  ['compress-level', 0, 9, 'a value between 0 and 9'],
  ['compress-threads', 1, 255, 'a value between 1 and 255'],
  ['decompress-threads', 1, 255, 'a value between 1 and 255'],
  ['throttle-trigger-threshold', 1, 100, 'an integer in the range of 1 to 100'],
  ['cpu-throttle-initial', 1, 99, 'an integer in the range of 1 to 99'],
  ['cpu-throttle-increment', 1, 99, 'an integer in the range of 1 to 99'],
  ['downtime-limit', 0, 2_000_000, 'an integer in the range of 0 to (2000 * 1000) ms'],
  ['multifd-channels', 1, 255, 'a value between 1 and 255'],
];

/** Those that QEMU checks last. */
const LATE_RANGES: typeof RANGES = [
  ['announce-initial', 0, 100_000, 'a value between 0 and 100000'],
  ['announce-max', 0, 100_000, 'a value between 0 and 100000'],
  ['announce-rounds', 0, 1000, 'a value between 0 and 1000'],
  ['announce-step', 0, 10_000, 'a value between 0 and 10000'],
];

/** Settings of a migration that never takes place: nothing here has another host to go to. */
export class Migration {
  #enabled: ReadonlySet<MigrationCapability> = new Set();
  #parameters: MigrationParameters = DEFAULTS;

  get capabilities(): readonly MigrationCapabilityStatus[] {
    return CAPABILITIES.map(capability => ({ capability, state: this.#enabled.has(capability) }));
  }

  isEnabled(capability: MigrationCapability): boolean {
    return this.#enabled.has(capability);
  }

  get parameters(): MigrationParameters {
    return this.#parameters;
  }

  /** @throws QmpError for a combination that cannot be, in which case nothing changes */
  setCapabilities(changes: readonly MigrationCapabilityStatus[]): void {
    const wanted = new Set(this.#enabled);
    for (const { capability, state } of changes) {
      if (state) wanted.add(capability);
      else wanted.delete(capability);
    }
    this.#checkCapabilities(wanted);
    this.#enabled = wanted;
  }

  #checkCapabilities(wanted: ReadonlySet<MigrationCapability>): void {
    if (wanted.has('postcopy-ram') && wanted.has('x-ignore-shared'))
      throw new QmpError('Postcopy is not compatible with ignore-shared');
    if (wanted.has('background-snapshot')) {
      const other = NOT_IN_BACKGROUND.find(capability => wanted.has(capability));
      if (other !== undefined) throw new QmpError(`Background-snapshot is not compatible with ${other}`);
    }
    if (wanted.has('zero-copy-send') && !this.#canSendWithoutCopy(wanted))
      throw new QmpError('Zero copy only available for non-compressed non-TLS multifd migration');
    if (wanted.has('postcopy-preempt') && !wanted.has('postcopy-ram'))
      throw new QmpError('Postcopy preempt requires postcopy-ram');
    if (wanted.has('multifd') && wanted.has('compress'))
      throw new QmpError('Multifd is not compatible with compress');
  }

  #canSendWithoutCopy(wanted: ReadonlySet<MigrationCapability>): boolean {
    const { 'multifd-compression': compression, 'tls-creds': credentials } = this.#parameters;
    return (
      wanted.has('multifd') &&
      !wanted.has('compress') &&
      !wanted.has('xbzrle') &&
      compression === 'none' &&
      credentials === ''
    );
  }

  /** @throws QmpError for a value out of range, in which case nothing changes */
  setParameters(changes: MigrateSetParameters): void {
    check(changes, RANGES);
    const cache = changes['xbzrle-cache-size'];
    if (cache !== undefined && !isCacheSize(BigInt(cache))) {
      throw new QmpError(
        "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size",
      );
    }
    const most = changes['max-cpu-throttle'];
    const first = changes['cpu-throttle-initial'] ?? this.#parameters['cpu-throttle-initial'] ?? 0;
    if (most !== undefined && (most < first || most > 99)) {
      throw new QmpError(
        "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99",
      );
    }
    check(changes, LATE_RANGES);
    // QEMU 7.2 takes these two levels, but keeps to those it has.
    const { 'multifd-zlib-level': _zlib, 'multifd-zstd-level': _zstd, ...kept } = changes;
    const { 'tls-creds': credentials, 'tls-hostname': hostname, 'tls-authz': authz, ...others } = kept;
    this.#parameters = {
      ...this.#parameters,
      ...given(others),
      ...given({
        'tls-creds': credentials === null ? '' : credentials,
        'tls-hostname': hostname === null ? '' : hostname,
        'tls-authz': authz === null ? '' : authz,
      }),
    };
  }
}

function check(changes: MigrateSetParameters, ranges: typeof RANGES): void {
  for (const [name, low, high, words] of ranges) {
    const value = changes[name];
    if (value !== undefined && (value < low || value > high)) {
      throw new QmpError(`Parameter '${name.replaceAll('-', '_')}' expects ${words}`);
    }
  }
}

function isCacheSize(size: bigint): boolean {
  const bytes = BigInt.asUintN(64, size);
  return bytes >= PAGE_SIZE && (bytes & (bytes - 1n)) === 0n;
}

/** Members that have a value. */
function given<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
