import type { TypeInfo } from '../qom/type.ts';
import { PCI_BUS_TYPES } from './bus.ts';
import { PCI_DEVICE_TYPE } from './device.ts';
import { E1000_TYPES } from './e1000.ts';
import { PCI_BRIDGE_TYPES } from './pci-bridge.ts';
import { VIRTIO_BLK_TYPES } from './virtio/virtio-blk.ts';
import { VIRTIO_DEVICE_TYPE } from './virtio/virtio-device.ts';
import { VIRTIO_NET_TYPES } from './virtio/virtio-net.ts';
import { VIRTIO_PCI_TYPES } from './virtio/virtio-pci.ts';
import { XHCI_TYPES } from './xhci.ts';

/** PCI and the emulated devices on it. */
export const PCI_TYPES: readonly TypeInfo[] = [
  ...PCI_BUS_TYPES,
  PCI_DEVICE_TYPE,
  ...E1000_TYPES,
  ...PCI_BRIDGE_TYPES,
  ...XHCI_TYPES,
  VIRTIO_DEVICE_TYPE,
  ...VIRTIO_PCI_TYPES,
  ...VIRTIO_NET_TYPES,
  ...VIRTIO_BLK_TYPES,
];
