import { QmpError } from '../../base/errors.ts';
import { netdev } from '../../qdev/backend-properties.ts';
import { bootindex } from '../../qdev/bootindex.ts';
import { Device } from '../../qdev/device.ts';
import { mac } from '../../qdev/mac-property.ts';
import { connectNic } from '../../qdev/nic.ts';
import type { Nic } from '../../qdev/nics.ts';
import { bit, bool, int32, str, uint16, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { VIRTIO_DEVICE_TYPE, VirtioDevice } from './virtio-device.ts';
import { legacyBarSize, onBackend, VIRTIO_MODE_PROPERTIES } from './virtio-pci.ts';

const QUEUE_SIZE_MIN = 256;
const QUEUE_SIZE_MAX = 1024;
/** Bytes of struct virtio_net_config that legacy guests see. */
const LEGACY_CONFIG_SIZE = 12;

const duplex = str('duplex');
const rxQueueSize = uint16('rx_queue_size', 256);
const txQueueSize = uint16('tx_queue_size', 256);

const PROPERTIES = [
  mac,
  bit('gso', true),
  uint32('x-txtimer', 150000),
  bit('mq', false),
  bit('mrg_rxbuf', true),
  int32('x-txburst', 256),
  uint16('host_mtu', 0),
  str('tx'),
  bit('rss', false),
  bit('status', true),
  bool('failover', false),
  bit('ctrl_mac_addr', true),
  txQueueSize,
  bit('guest_tso4', true),
  bit('hash', false),
  bit('host_tso6', true),
  bit('ctrl_guest_offloads', true),
  bit('guest_ufo', true),
  bit('ctrl_vq', true),
  bit('guest_ecn', true),
  bit('host_ufo', true),
  bit('host_ecn', true),
  bit('guest_rsc_ext', false),
  duplex,
  uint32('rsc_interval', 300000),
  bit('guest_announce', true),
  netdev,
  bit('host_tso4', true),
  bool('x-mtu-bypass-backend', true),
  bit('ctrl_rx_extra', true),
  rxQueueSize,
  bit('guest_csum', true),
  bootindex,
  bit('ctrl_vlan', true),
  bit('guest_tso6', true),
  int32('speed', -1),
  bit('csum', true),
  bit('ctrl_rx', true),
] as const;

class VirtioNet extends VirtioDevice {
  #nic: Nic | undefined;

  protected override onRealize(): void {
    const mode = this.value(duplex);
    if (mode !== undefined && mode !== 'half' && mode !== 'full')
      throw new QmpError("'duplex' must be 'half' or 'full'");
    const size = this.value(rxQueueSize);
    if (size < QUEUE_SIZE_MIN || size > QUEUE_SIZE_MAX || (size & (size - 1)) !== 0) {
      throw new QmpError(
        `Invalid rx_queue_size (= ${size}), must be a power of 2 between ${QUEUE_SIZE_MIN} and ${QUEUE_SIZE_MAX}.`,
      );
    }
    const owner = this.parent instanceof Device ? this.parent : this;
    this.#nic = connectNic(this, owner, true);
  }

  protected override onUnrealize(): void {
    if (this.#nic !== undefined) this.system.nics.remove(this.#nic);
    this.#nic = undefined;
  }
}

export const VIRTIO_NET_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-net-device',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new VirtioNet(type),
    class: { virtioName: 'virtio-net', category: 'network' },
  },
  {
    name: 'virtio-net-pci-base',
    parent: 'virtio-pci',
    abstract: true,
    properties: [
      ...VIRTIO_MODE_PROPERTIES,
      ...[...(VIRTIO_DEVICE_TYPE.properties ?? []), ...PROPERTIES].map(onBackend),
    ],
    class: {
      category: 'network',
      romfile: 'efi-virtio.rom',
      pci: {
        vendor: 0x1af4,
        device: 0x1000,
        classCode: 0x0200,
        interruptPin: 1,
        subsystemVendor: 0x1af4,
        subsystem: 1,
      },
      virtio: { backend: 'virtio-net-device', legacyBarSize: legacyBarSize(LEGACY_CONFIG_SIZE), vectors: 4 },
    },
  },
  {
    name: 'virtio-net-pci',
    parent: 'virtio-net-pci-base',
    interfaces: ['conventional-pci-device', 'pci-express-device'],
  },
];
