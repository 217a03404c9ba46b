import { QmpError } from '../../base/errors.ts';
import {
  BLOCK_ERROR_PROPERTIES,
  BLOCK_PROPERTIES,
  CHS_PROPERTIES,
  LCHS_PROPERTIES,
  openMedium,
  requireMedium,
  settleBlockSizes,
  settleGeometry,
} from '../../qdev/block-properties.ts';
import { bootindex } from '../../qdev/bootindex.ts';
import { LinkProperty, legacyText } from '../../qdev/link-property.ts';
import { bit, bool, str, uint16, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { virtioFunctions } from './family.ts';
import { anyLayout, VirtioDevice } from './virtio-device.ts';
import { classOverride, ioeventfd, vectors } from './virtio-pci.ts';

const AUTO_QUEUES = 0xffff;
const QUEUES_MAX = 1024;
const QUEUE_SIZE_MAX = 1024;
/** Largest number of 512-byte sectors in one request. */
const SECTORS_MAX = 4194303;
const GEOMETRY_LIMITS = { cylinders: 65535, heads: 255, sectors: 255 };
/** Bytes of the configuration, without and with what discarding needs (virtio 1.1, 5.2.4). */
const CONFIG_SIZE = 36;
const CONFIG_SIZE_DISCARD = 60;

const numQueues = uint16('num-queues', AUTO_QUEUES);
const queueSize = uint16('queue-size', 256);
const discard = bit('discard', true);
const writeZeroes = bit('write-zeroes', true);
const maxDiscard = uint32('max-discard-sectors', SECTORS_MAX);
const maxWriteZeroes = uint32('max-write-zeroes-sectors', SECTORS_MAX);
const scsi = bit('scsi', false);

const PROPERTIES = [
  ...BLOCK_PROPERTIES,
  ...BLOCK_ERROR_PROPERTIES,
  ...CHS_PROPERTIES,
  ...LCHS_PROPERTIES,
  str('serial'),
  bit('config-wce', true),
  scsi,
  bit('request-merging', true),
  numQueues,
  queueSize,
  bool('seg-max-adjust', true),
  discard,
  bool('report-discard-granularity', true),
  writeZeroes,
  maxDiscard,
  maxWriteZeroes,
  bool('x-enable-wce-if-config-wce', true),
  new LinkProperty('iothread', 'iothread'),
  legacyText('iothread'),
  bootindex,
] as const;

class VirtioBlk extends VirtioDevice {
  override get configSize(): number {
    return this.value(discard) || this.value(writeZeroes) ? CONFIG_SIZE_DISCARD : CONFIG_SIZE;
  }

  /** One for each queue, one for changes of the configuration. */
  override get defaultVectors(): number {
    if (this.value(numQueues) === AUTO_QUEUES) this.setValue(numQueues, this.system.processors);
    return this.value(numQueues) + 1;
  }

  override checkModern(): void {
    if (this.value(scsi))
      throw new QmpError('Please set scsi=off for virtio-blk devices in order to use virtio 1.0');
  }

  override restrictToLegacy(): void {
    this.setValue(anyLayout, false);
  }

  protected override onRealize(): void {
    const medium = requireMedium(this);
    if (!medium.present) throw new QmpError('Device needs media, but drive is empty');
    this.#checkQueues();
    openMedium(this, medium);
    settleGeometry(this, medium, GEOMETRY_LIMITS);
    settleBlockSizes(this);
    if (this.value(discard)) checkSectors('max-discard-sectors', this.value(maxDiscard));
    if (this.value(writeZeroes)) checkSectors('max-write-zeroes-sectors', this.value(maxWriteZeroes));
  }

  #checkQueues(): void {
    if (this.value(numQueues) === AUTO_QUEUES) this.setValue(numQueues, 1);
    const queues = this.value(numQueues);
    if (queues === 0) throw new QmpError('num-queues property must be larger than 0');
    // More of them end QEMU itself.
    if (queues > QUEUES_MAX) throw new QmpError(`num-queues property must not be larger than ${QUEUES_MAX}`);
    const size = this.value(queueSize);
    if (size <= 2) throw new QmpError(`invalid queue-size property (${size}), must be > 2`);
    if ((size & (size - 1)) !== 0 || size > QUEUE_SIZE_MAX) {
      throw new QmpError(
        `invalid queue-size property (${size}), must be a power of 2 (max ${QUEUE_SIZE_MAX})`,
      );
    }
  }
}

function checkSectors(name: string, count: number): void {
  if (count >= 1 && count <= SECTORS_MAX) return;
  throw new QmpError(`invalid ${name} property (${count}), must be between 1 and ${SECTORS_MAX}`);
}

export const VIRTIO_BLK_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-blk-device',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new VirtioBlk(type),
    class: { virtioName: 'virtio-blk', category: 'storage' },
  },
  ...virtioFunctions({
    name: 'virtio-blk',
    backend: 'virtio-blk-device',
    properties: PROPERTIES,
    functionProperties: [classOverride, ioeventfd(), vectors()],
    kind: 2,
    classCode: 0x0100,
    transitionalId: 0x1001,
    class: { category: 'storage' },
  }),
];
