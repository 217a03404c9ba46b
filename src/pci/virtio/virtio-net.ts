import { QmpError } from '../../base/errors.ts';
import { Device } from '../../qdev/device.ts';
import type { Nic } from '../../qdev/net-client.ts';
import { connectNic, disconnectNic, NIC_PROPERTIES } from '../../qdev/nic.ts';
import { bit, bool, int32, str, uint16, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { virtioFunctions } from './family.ts';
import { VirtioDevice } from './virtio-device.ts';
import { ioeventfd, vectors } from './virtio-pci.ts';

const QUEUE_SIZE_MIN = 256;
const QUEUE_SIZE_MAX = 1024;
/** Vectors for the control queue and for changes of the configuration, and two for each pair of queues. */
const FIXED_VECTORS = 2;

const duplex = str('duplex');
const speed = int32('speed', -1);
const rxQueueSize = uint16('rx_queue_size', 256);
const txQueueSize = uint16('tx_queue_size', 256);
const hostMtu = uint16('host_mtu', 0);
const multiQueue = bit('mq', false);
const status = bit('status', true);
const rss = bit('rss', false);
const hash = bit('hash', false);

const PROPERTIES = [
  bit('csum', true),
  bit('guest_csum', true),
  bit('gso', true),
  bit('guest_tso4', true),
  bit('guest_tso6', true),
  bit('guest_ecn', true),
  bit('guest_ufo', true),
  bit('guest_announce', true),
  bit('host_tso4', true),
  bit('host_tso6', true),
  bit('host_ecn', true),
  bit('host_ufo', true),
  bit('mrg_rxbuf', true),
  status,
  bit('ctrl_vq', true),
  bit('ctrl_rx', true),
  bit('ctrl_vlan', true),
  bit('ctrl_rx_extra', true),
  bit('ctrl_mac_addr', true),
  bit('ctrl_guest_offloads', true),
  multiQueue,
  rss,
  hash,
  bit('guest_rsc_ext', false),
  uint32('rsc_interval', 300000),
  ...NIC_PROPERTIES,
  uint32('x-txtimer', 150000),
  int32('x-txburst', 256),
  str('tx'),
  rxQueueSize,
  txQueueSize,
  hostMtu,
  bool('x-mtu-bypass-backend', true),
  speed,
  duplex,
  bool('failover', false),
] as const;

class VirtioNet extends VirtioDevice {
  #nic: Nic | undefined;

  /** Up to the last member that an offered feature needs (virtio 1.1, 5.1.4). */
  override get configSize(): number {
    if (this.value(rss) || this.value(hash)) return 24;
    if (this.value(duplex) !== undefined || this.value(speed) >= 0) return 17;
    if (this.value(hostMtu) !== 0) return 12;
    if (this.value(multiQueue)) return 10;
    return this.value(status) ? 8 : 6;
  }

  override get defaultVectors(): number {
    return 2 + FIXED_VECTORS;
  }

  protected override onRealize(): void {
    const mode = this.value(duplex);
    if (mode !== undefined && mode !== 'half' && mode !== 'full')
      throw new QmpError("'duplex' must be 'half' or 'full'");
    if (this.value(speed) < -1) throw new QmpError("'speed' must be between 0 and INT_MAX");
    checkQueueSize('rx_queue_size', this.value(rxQueueSize));
    checkQueueSize('tx_queue_size', this.value(txQueueSize));
    // Backends other than vhost-user cannot take a larger queue.
    this.setValue(txQueueSize, QUEUE_SIZE_MIN);
    const owner = this.parent instanceof Device ? this.parent : this;
    this.#nic = connectNic(this, owner, true);
  }

  protected override onUnrealize(): void {
    disconnectNic(this.#nic);
    this.#nic = undefined;
  }
}

function checkQueueSize(name: string, size: number): void {
  if (size >= QUEUE_SIZE_MIN && size <= QUEUE_SIZE_MAX && (size & (size - 1)) === 0) return;
  throw new QmpError(
    `Invalid ${name} (= ${size}), must be a power of 2 between ${QUEUE_SIZE_MIN} and ${QUEUE_SIZE_MAX}.`,
  );
}

export const VIRTIO_NET_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-net-device',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new VirtioNet(type),
    class: { virtioName: 'virtio-net', category: 'network' },
  },
  ...virtioFunctions({
    name: 'virtio-net',
    backend: 'virtio-net-device',
    properties: PROPERTIES,
    functionProperties: [ioeventfd(), vectors()],
    kind: 1,
    classCode: 0x0200,
    transitionalId: 0x1000,
    class: { category: 'network', romfile: 'efi-virtio.rom' },
  }),
];
