import { QmpError } from '../../base/errors.ts';
import { chardev } from '../../qdev/backend-properties.ts';
import { bootindex } from '../../qdev/bootindex.ts';
import { bit, uint16, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { virtioFunctions } from './family.ts';
import { backendRefused } from './vhost.ts';
import { VirtioDevice } from './virtio-device.ts';
import { classOverride, vectors } from './virtio-pci.ts';

const AUTO_QUEUES = 0xffff;
const QUEUES_MAX = 1024;
const QUEUE_SIZE_MAX = 1024;

const numQueues = uint16('num-queues', AUTO_QUEUES);
const queueSize = uint32('queue-size', 128);

const PROPERTIES = [
  chardev,
  numQueues,
  queueSize,
  bit('config-wce', true),
  bit('discard', true),
  bit('write-zeroes', true),
  bootindex,
] as const;

/** A disk that another process on the host would serve. */
class VhostUserBlk extends VirtioDevice {
  override get defaultVectors(): number {
    if (this.value(numQueues) === AUTO_QUEUES) this.setValue(numQueues, this.system.processors);
    return this.value(numQueues) + 1;
  }

  protected override onRealize(): void {
    if (this.value(chardev) === undefined) throw new QmpError('chardev is mandatory');
    if (this.value(numQueues) === AUTO_QUEUES) this.setValue(numQueues, 1);
    const queues = this.value(numQueues);
    if (queues === 0 || queues > QUEUES_MAX) throw new QmpError('invalid number of IO queues');
    const size = this.value(queueSize);
    if (size === 0) throw new QmpError('queue size must be non-zero');
    if (size > QUEUE_SIZE_MAX) throw new QmpError(`queue size must not exceed ${QUEUE_SIZE_MAX}`);
    throw backendRefused();
  }
}

export const VHOST_USER_BLK_TYPES: readonly TypeInfo[] = [
  {
    name: 'vhost-user-blk',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new VhostUserBlk(type),
    class: { category: 'storage' },
  },
  ...virtioFunctions({
    name: 'vhost-user-blk',
    backend: 'vhost-user-blk',
    properties: PROPERTIES,
    functionProperties: [classOverride, vectors()],
    kind: 2,
    classCode: 0x0100,
    transitionalId: 0x1001,
    class: { category: 'storage' },
  }),
];
