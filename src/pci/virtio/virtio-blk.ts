import { QmpError } from '../../base/errors.ts';
import { drive } from '../../qdev/backend-properties.ts';
import { bootindex } from '../../qdev/bootindex.ts';
import { bit, bool, choice, onOffAuto, size, str, uint16, uint32 } from '../../qdev/properties.ts';
import { linkProperty } from '../../qom/property.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { VIRTIO_DEVICE_TYPE, VirtioDevice } from './virtio-device.ts';
import { legacyBarSize, onBackend, VIRTIO_MODE_PROPERTIES } from './virtio-pci.ts';

const AUTO_QUEUES = 0xffff;
/** Bytes of struct virtio_blk_config. */
const CONFIG_SIZE = 60;

const numQueues = uint16('num-queues', AUTO_QUEUES);
const blockSizeHelp = 'A power of two between 512 B and 2 MiB';

function onError(name: string) {
  return choice(
    name,
    'BlockdevOnError',
    ['report', 'ignore', 'enospc', 'stop', 'auto'],
    'auto',
    'Error handling policy, report/ignore/enospc/stop/auto',
  );
}

const PROPERTIES = [
  bool('share-rw', false),
  uint32('lcyls', 0),
  uint16('queue-size', 256),
  uint32('lsecs', 0),
  uint32('heads', 0),
  onOffAuto('account-invalid', 'auto'),
  linkProperty('iothread', 'iothread', () => undefined),
  uint32('lheads', 0),
  numQueues,
  uint32('cyls', 0),
  uint32('secs', 0),
  size('min_io_size', 0n),
  bootindex,
  bit('config-wce', true),
  bool('seg-max-adjust', true),
  drive,
  onError('werror'),
  bool('report-discard-granularity', true),
  onError('rerror'),
  onOffAuto('write-cache', 'auto'),
  size('physical_block_size', 0n, blockSizeHelp),
  bit('scsi', false),
  size('opt_io_size', 0n),
  size('logical_block_size', 0n, blockSizeHelp),
  uint32('max-discard-sectors', 4194303),
  bit('discard', true),
  size('discard_granularity', 4294967295n),
  bit('request-merging', true),
  bit('write-zeroes', true),
  uint32('max-write-zeroes-sectors', 4194303),
  onOffAuto('account-failed', 'auto'),
  bool('x-enable-wce-if-config-wce', true),
  onOffAuto('backend_defaults', 'auto'),
  str('serial'),
] as const;

class VirtioBlk extends VirtioDevice {
  protected override onRealize(): void {
    if (this.value(drive) === undefined) throw new QmpError('drive property not set');
    if (this.value(numQueues) === AUTO_QUEUES) this.setValue(numQueues, 1);
  }
}

export const VIRTIO_BLK_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-blk-device',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new VirtioBlk(type),
    class: { virtioName: 'virtio-blk', category: 'storage' },
  },
  {
    name: 'virtio-blk-pci-base',
    parent: 'virtio-pci',
    abstract: true,
    properties: [
      ...VIRTIO_MODE_PROPERTIES,
      uint32('class', 0),
      ...[...(VIRTIO_DEVICE_TYPE.properties ?? []), ...PROPERTIES].map(onBackend),
    ],
    class: {
      category: 'storage',
      pci: {
        vendor: 0x1af4,
        device: 0x1001,
        classCode: 0x0100,
        interruptPin: 1,
        subsystemVendor: 0x1af4,
        subsystem: 2,
      },
      virtio: { backend: 'virtio-blk-device', legacyBarSize: legacyBarSize(CONFIG_SIZE), vectors: 2 },
    },
  },
  {
    name: 'virtio-blk-pci',
    parent: 'virtio-blk-pci-base',
    interfaces: ['conventional-pci-device', 'pci-express-device'],
  },
];
