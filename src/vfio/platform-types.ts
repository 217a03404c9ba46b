import { Device } from '../qdev/device.ts';
import { bool, str, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';

/** Devices of the host outside of PCI: no machine that is here has a place for them, but their types are known. */
export const VFIO_PLATFORM_TYPES: readonly TypeInfo[] = [
  {
    name: 'vfio-platform',
    parent: 'sys-bus-device',
    properties: [
      str('host'),
      str('sysfsdev'),
      bool('x-no-mmap', false),
      uint32('mmap-timeout-ms', 1100),
      bool('x-irqfd', true),
    ],
    create: type => new Device(type),
    class: { description: 'VFIO-based platform device assignment', category: 'misc' },
  },
  { name: 'vfio-amd-xgbe', parent: 'vfio-platform', class: { description: 'VFIO AMD XGBE' } },
  { name: 'vfio-calxeda-xgmac', parent: 'vfio-platform', class: { description: 'VFIO Calxeda XGMAC' } },
];
