import { QmpError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Balloon } from '../../qdev/balloon.ts';
import { LinkProperty, legacyText } from '../../qdev/link-property.ts';
import { bit, bool } from '../../qdev/properties.ts';
import type { Property } from '../../qom/property.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { INT64 } from '../../qom/visitor.ts';
import { virtioFunctions } from './family.ts';
import { VirtioDevice } from './virtio-device.ts';

/** What a statistic reads as before the guest has told it. */
const UNKNOWN = 2n ** 64n - 1n;
/** virtio 1.1, 5.5.6.3. */
const STATISTICS = [
  'stat-swap-in',
  'stat-swap-out',
  'stat-major-faults',
  'stat-minor-faults',
  'stat-free-memory',
  'stat-total-memory',
  'stat-available-memory',
  'stat-disk-caches',
  'stat-htlb-pgalloc',
  'stat-htlb-pgfail',
] as const;
const INTERVAL_MAX = 2n ** 32n - 1n;

const iothread = new LinkProperty('iothread', 'iothread');
const pagePoison = bit('page-poison', true);
/** As QEMU 4.0 had it: always all of it. */
const fullConfig = bool('qemu-4-0-config-size', false);
/** Bytes of the configuration, and with what hints and what poisoned pages add (virtio 1.1, 5.5.4). */
const CONFIG_SIZE = 8;
const CONFIG_SIZE_HINT = 12;
const CONFIG_SIZE_POISON = 16;
const freePageHint = bit('free-page-hint', false);

/** Takes memory from the guest and gives it back (virtio 1.1, 5.5). A machine has one at most. */
export class VirtioBalloon extends VirtioDevice implements Balloon {
  /** Seconds between questions to the guest; 0 for none. */
  pollingInterval = 0n;

  override get configSize(): number {
    if (this.value(fullConfig) || this.value(pagePoison)) return CONFIG_SIZE_POISON;
    return this.value(freePageHint) ? CONFIG_SIZE_HINT : CONFIG_SIZE;
  }

  /** No driver has ever put a page into it. */
  readonly inflated = 0n;

  resize(): void {}

  get statistics(): JsonObject {
    return {
      stats: Object.fromEntries(STATISTICS.map(name => [name, UNKNOWN])),
      'last-update': 0,
    };
  }

  protected override onRealize(): void {
    if (this.system.balloon !== undefined) throw new QmpError('Only one balloon device is supported');
    if (this.value(freePageHint) && this.value(iothread) === undefined)
      throw new QmpError("'free-page-hint' requires 'iothread' to be set");
    this.system.balloon = this;
  }

  protected override onUnrealize(): void {
    this.system.balloon = undefined;
  }
}

const guestStatistics: Property = {
  name: 'guest-stats',
  type: 'guest statistics',
  get: object => (object instanceof VirtioBalloon ? object.statistics : {}),
};

const pollingInterval: Property = {
  name: 'guest-stats-polling-interval',
  type: 'int',
  get: object => (object instanceof VirtioBalloon ? object.pollingInterval : 0),
  set: (object, visitor) => {
    const seconds = visitor.integer('guest-stats-polling-interval', INT64);
    if (seconds < 0n) throw new QmpError('timer value must be greater than zero');
    if (seconds > INTERVAL_MAX) throw new QmpError('timer value is too big');
    if (object instanceof VirtioBalloon) object.pollingInterval = seconds;
  },
};

const PROPERTIES = [
  bit('deflate-on-oom', false),
  freePageHint,
  pagePoison,
  bit('free-page-reporting', false),
  fullConfig,
  pollingInterval,
  guestStatistics,
  iothread,
  legacyText('iothread'),
] as const;

export const VIRTIO_BALLOON_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-balloon-device',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new VirtioBalloon(type),
    class: { virtioName: 'virtio-balloon', category: 'misc' },
  },
  ...virtioFunctions({
    name: 'virtio-balloon',
    backend: 'virtio-balloon-device',
    properties: PROPERTIES,
    functionProperties: [],
    kind: 5,
    classCode: 0x00ff,
    transitionalId: 0x1002,
    class: { category: 'misc' },
  }),
];
