import type { TypeInfo } from '../qom/type.ts';
import { DISPLAY_TYPES } from './display/vga.ts';
import { MISC_PCI_TYPES } from './misc/misc.ts';
import { PCI_SERIAL_TYPES } from './misc/serial.ts';
import { EEPRO100_TYPES } from './network/eepro100.ts';
import { INTEL_GIGABIT_TYPES } from './network/intel-gigabit.ts';
import { OTHER_ADAPTER_TYPES } from './network/other-adapters.ts';
import { PCI_BRIDGE_TYPES } from './pci-bridge.ts';
import { PCIE_PORT_TYPES } from './pcie-ports.ts';
import { SOUND_TYPES } from './sound/sound.ts';
import { VHOST_USER_BLK_TYPES } from './virtio/vhost-user-blk.ts';
import { VHOST_VSOCK_TYPES } from './virtio/vhost-vsock.ts';
import { VIRTIO_9P_TYPES } from './virtio/virtio-9p.ts';
import { VIRTIO_BALLOON_TYPES } from './virtio/virtio-balloon.ts';
import { VIRTIO_BLK_TYPES } from './virtio/virtio-blk.ts';
import { VIRTIO_CRYPTO_TYPES } from './virtio/virtio-crypto.ts';
import { VIRTIO_DEVICE_TYPE } from './virtio/virtio-device.ts';
import { VIRTIO_GPU_TYPES } from './virtio/virtio-gpu.ts';
import { VIRTIO_INPUT_TYPES } from './virtio/virtio-input.ts';
import { VIRTIO_NET_TYPES } from './virtio/virtio-net.ts';
import { VIRTIO_PCI_TYPES } from './virtio/virtio-pci.ts';
import { VIRTIO_RNG_TYPES } from './virtio/virtio-rng.ts';
import { VIRTIO_SERIAL_TYPES } from './virtio/virtio-serial.ts';

/** The emulated PCI devices. */
export const PCI_TYPES: readonly TypeInfo[] = [
  ...INTEL_GIGABIT_TYPES,
  ...EEPRO100_TYPES,
  ...OTHER_ADAPTER_TYPES,
  ...PCI_BRIDGE_TYPES,
  ...PCIE_PORT_TYPES,
  ...DISPLAY_TYPES,
  ...SOUND_TYPES,
  ...PCI_SERIAL_TYPES,
  ...MISC_PCI_TYPES,
  VIRTIO_DEVICE_TYPE,
  ...VIRTIO_PCI_TYPES,
  ...VIRTIO_NET_TYPES,
  ...VIRTIO_BLK_TYPES,
  ...VIRTIO_SERIAL_TYPES,
  ...VIRTIO_RNG_TYPES,
  ...VIRTIO_BALLOON_TYPES,
  ...VIRTIO_INPUT_TYPES,
  ...VIRTIO_GPU_TYPES,
  ...VIRTIO_CRYPTO_TYPES,
  ...VIRTIO_9P_TYPES,
  ...VHOST_VSOCK_TYPES,
  ...VHOST_USER_BLK_TYPES,
];
