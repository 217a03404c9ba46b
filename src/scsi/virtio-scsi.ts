import { QmpError } from '../base/errors.ts';
import { virtioFunctions } from '../pci/virtio/family.ts';
import { VirtioDevice } from '../pci/virtio/virtio-device.ts';
import { ioeventfd, vectors } from '../pci/virtio/virtio-pci.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { bit, bool, type QdevProperty, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { ScsiBus } from './bus.ts';

const AUTO_QUEUES = 0xffffffff;
/** Control and event queue (virtio 1.1, 5.6.2). */
const FIXED_QUEUES = 2;
const QUEUES_MAX = 1024;
const LIMITS = { channel: 0, target: 255, lun: 16383 };

export const numQueues = uint32('num_queues', AUTO_QUEUES);
export const virtqueueSize = (initial: number) => uint32('virtqueue_size', initial);
const queueSize = virtqueueSize(256);
const hotplug = bit('hotplug', true);

const PROPERTIES = [
  numQueues,
  queueSize,
  bool('seg_max_adjust', true),
  uint32('max_sectors', 65535),
  uint32('cmd_per_lun', 128),
  hotplug,
  bit('param_change', true),
  new LinkProperty('iothread', 'iothread'),
  legacyText('iothread'),
] as const;

/** What all SCSI host adapters of virtio have, whoever serves them. */
export class VirtioScsiCommon extends VirtioDevice {
  override get configSize(): number {
    return 36;
  }

  override get defaultVectors(): number {
    if (this.value(numQueues) === AUTO_QUEUES) this.setValue(numQueues, this.system.processors);
    return this.value(numQueues) + FIXED_QUEUES + 1;
  }

  /** @throws QmpError */
  protected checkQueues(sizeProperty: QdevProperty<number>): void {
    if (this.value(numQueues) === AUTO_QUEUES) this.setValue(numQueues, 1);
    const queues = this.value(numQueues);
    if (queues === 0 || queues > QUEUES_MAX - FIXED_QUEUES) {
      throw new QmpError(
        `Invalid number of queues (= ${queues}), must be a positive integer less than ${QUEUES_MAX - FIXED_QUEUES}.`,
      );
    }
    const size = this.value(sizeProperty);
    if (size <= 2) throw new QmpError(`invalid virtqueue_size property (= ${size}), must be > 2`);
  }
}

/** A SCSI host adapter (virtio 1.1, 5.6). */
class VirtioScsi extends VirtioScsiCommon {
  protected override onRealize(): void {
    this.checkQueues(queueSize);
    const bus = new ScsiBus(this, LIMITS, this.parent);
    bus.shownHotplugHandler = this;
  }

  protected override onUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

export const VIRTIO_SCSI_TYPES: readonly TypeInfo[] = [
  { name: 'virtio-scsi-common', parent: 'virtio-device', abstract: true },
  {
    name: 'virtio-scsi-device',
    parent: 'virtio-scsi-common',
    interfaces: ['hotplug-handler'],
    properties: PROPERTIES,
    create: type => new VirtioScsi(type),
    class: { virtioName: 'virtio-scsi', category: 'storage' },
  },
  ...virtioFunctions({
    name: 'virtio-scsi',
    backend: 'virtio-scsi-device',
    properties: PROPERTIES,
    functionProperties: [ioeventfd(), vectors()],
    kind: 8,
    classCode: 0x0100,
    transitionalId: 0x1004,
    class: { category: 'storage' },
  }),
];
