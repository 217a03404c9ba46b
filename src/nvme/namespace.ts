import { randomUUID } from 'node:crypto';
import { QmpError } from '../base/errors.ts';
import { isUuid, NO_UUID } from '../base/uuid.ts';
import { drive } from '../qdev/backend-properties.ts';
import {
  BLOCK_PROPERTIES,
  logicalBlockSize,
  openMedium,
  requireMedium,
  settleBlockSizes,
  settleDiscardGranularity,
} from '../qdev/block-properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { Device } from '../qdev/device.ts';
import { badValue, bool, QdevProperty, size, uint8, uint16, uint32, uint64 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { NvmeController } from './controller.ts';

const LEAST_DISCARD = 4096n;
const DEFAULT_EUI64 = 0x5254000000000000n;
/** Kinds of protection information (NVM Command Set 1.0, 5.2.1), 0 for none. */
const MAX_PROTECTION = 3;
/** Bytes of protection information with a guard of 16 bits, and of 64. */
const PROTECTION_SIZE = { short: 8, long: 16 };
const LONG_GUARD = 2;
const ZONE_EXTENSION_UNIT = 64;
const MAX_ZONE_EXTENSION = 255 * ZONE_EXTENSION_UNIT;

const detached = bool('detached', false);
const shared = bool('shared', true);
const nsid = uint32('nsid', 0);
const uuid = new QdevProperty<string>({
  name: 'uuid',
  type: 'str',
  description: 'UUID (aka GUID) or "auto" for random value (default)',
  initial: NO_UUID,
  parse: (visitor, device) => {
    const text = visitor.string('uuid');
    if (text === 'auto') return randomUUID();
    if (!isUuid(text)) throw badValue(device, 'uuid', text);
    return text.toLowerCase();
  },
  print: value => value,
});
const eui64 = uint64('eui64', 0n);
const metadataSize = uint16('ms', 0);
const protection = uint8('pi', 0);
const protectionFormat = uint8('pif', 0);
const zoned = bool('zoned', false);
const zoneSize = size('zoned.zone_size', 128n << 20n);
const zoneCapacity = size('zoned.zone_capacity', 0n);
const maxActive = uint32('zoned.max_active', 0);
const maxOpen = uint32('zoned.max_open', 0);
const zoneExtension = uint32('zoned.descr_ext_size', 0);
const defaultEui64 = bool('eui64-default', false);

/** Some of the blocks that a controller offers, by a number of their own. */
class NvmeNamespace extends Device {
  protected override onRealize(): void {
    const controller = this.parentBus?.owner;
    if (!(controller instanceof NvmeController)) throw new Error('nvme-ns is not on a controller');
    if (controller.nvmSubsystem === undefined) {
      this.setValue(shared, false);
      if (this.value(detached))
        throw new QmpError('detached requires that the nvme device is linked to an nvme-subsys device');
    }
    const bus = controller.namespaces;
    this.#checkProtection();
    bus.checkRange(this.value(nsid));
    settleBlockSizes(this);
    openMedium(this, requireMedium(this), { fixedSize: true });
    settleDiscardGranularity(this, LEAST_DISCARD);
    if (this.value(zoned)) this.#checkZones();
    this.setValue(nsid, bus.take(this.value(nsid)));
    const count = this.system.nextNumber('NVMe namespace') + 1;
    if (this.value(eui64) === 0n && this.value(defaultEui64))
      this.setValue(eui64, DEFAULT_EUI64 + BigInt(count));
    this.moveTo(bus);
  }

  #checkProtection(): void {
    if (this.value(drive) === undefined) throw new QmpError('block backend not configured');
    const kind = this.value(protection);
    if (kind > MAX_PROTECTION) throw new QmpError("invalid 'pi' value");
    const least = this.value(protectionFormat) === LONG_GUARD ? PROTECTION_SIZE.long : PROTECTION_SIZE.short;
    if (kind > 0 && this.value(metadataSize) < least)
      throw new QmpError(`at least ${least} bytes of metadata required to enable protection information`);
  }

  #checkZones(): void {
    const [whole, block] = [this.value(zoneSize), this.value(logicalBlockSize)];
    const capacity = this.value(zoneCapacity) || whole;
    if (capacity > whole) throw new QmpError(`zone capacity ${capacity}B exceeds zone size ${whole}B`);
    if (whole < block) throw new QmpError(`zone size ${whole}B too small, must be at least ${block}B`);
    if (capacity < block)
      throw new QmpError(`zone capacity ${capacity}B too small, must be at least ${block}B`);
    if (requireMedium(this).size < whole)
      throw new QmpError(`insufficient drive capacity, must be at least the size of one zone (${whole}B)`);
    const [active, open] = [this.value(maxActive), this.value(maxOpen)];
    if (active > 0 && open > active)
      throw new QmpError(`max_open_zones (${open}) exceeds max_active_zones (${active})`);
    const extension = this.value(zoneExtension);
    if (extension % ZONE_EXTENSION_UNIT !== 0)
      throw new QmpError(`zone descriptor extension size must be a multiple of ${ZONE_EXTENSION_UNIT}B`);
    if (extension > MAX_ZONE_EXTENSION) throw new QmpError('zone descriptor extension size is too large');
  }
}

export const NVME_NAMESPACE_TYPES: readonly TypeInfo[] = [
  {
    name: 'nvme-ns',
    parent: 'device',
    properties: [
      ...BLOCK_PROPERTIES,
      detached,
      shared,
      nsid,
      uuid,
      eui64,
      metadataSize,
      uint8('mset', 0),
      protection,
      uint8('pil', 0),
      protectionFormat,
      uint16('mssrl', 128),
      uint32('mcl', 128),
      uint8('msrc', 127),
      zoned,
      zoneSize,
      zoneCapacity,
      bool('zoned.cross_read', false),
      maxActive,
      maxOpen,
      zoneExtension,
      uint32('zoned.numzrwa', 0),
      size('zoned.zrwas', 0n),
      size('zoned.zrwafg', 2n ** 64n - 1n),
      defaultEui64,
      bootindex,
    ],
    create: type => new NvmeNamespace(type),
    class: {
      busType: 'nvme-bus',
      description: 'Virtual NVMe namespace',
      category: 'storage',
      media: 'silent',
    },
  },
];
