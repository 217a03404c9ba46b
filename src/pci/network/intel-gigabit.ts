import { NIC_PROPERTIES } from '../../qdev/nic.ts';
import { bit, bool, uint8, uint16 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { container, io, memoryBar, msix, portBar } from '../layout.ts';
import { NetworkAdapter } from './adapter.ts';

const INTEL = 0x8086;
const ETHERNET = 0x0200;
const CATEGORY = 'network';

/** Fast and gigabit adapters of the 8254x family. */
function e1000(name: string, device: number, alias: { readonly alias?: string } = {}): TypeInfo {
  return {
    name,
    parent: 'e1000-base',
    properties: [
      ...NIC_PROPERTIES,
      bit('autonegotiation', true),
      bit('mitigation', true),
      bit('extra_mac_registers', true),
      bit('migrate_tso_props', true),
      bit('init-vet', true),
    ],
    class: { ...alias, pci: { vendor: INTEL, device, classCode: ETHERNET, revision: 3, interruptPin: 1 } },
  };
}

const subsystem = uint16('subsys', 0, 'PCI device Subsystem ID');
const subsystemVendor = uint16('subsys_ven', INTEL, 'PCI device Subsystem Vendor ID');

/** The 82574L, whose subsystem ids the user may set. */
class E1000e extends NetworkAdapter {
  override get subsystem(): number {
    return this.value(subsystem);
  }

  override get subsystemVendor(): number {
    return this.value(subsystemVendor);
  }
}

export const INTEL_GIGABIT_TYPES: readonly TypeInfo[] = [
  {
    name: 'e1000-base',
    parent: 'pci-device',
    abstract: true,
    interfaces: ['conventional-pci-device'],
    create: type => new NetworkAdapter(type),
    class: {
      description: 'Intel Gigabit Ethernet',
      category: CATEGORY,
      bars: [memoryBar(0, io('e1000-mmio', 0x20000)), portBar(1, io('e1000-io', 0x40))],
      romfile: 'efi-e1000.rom',
      romLabel: 'e1000',
    },
  },
  e1000('e1000', 0x100e, { alias: 'e1000-82540em' }),
  e1000('e1000-82544gc', 0x100c),
  e1000('e1000-82545em', 0x100f),
  {
    name: 'e1000e',
    parent: 'pci-device',
    interfaces: ['pci-express-device'],
    properties: [
      ...NIC_PROPERTIES,
      uint8('disable_vnet_hdr', 0, 'Do not use virtio headers, perform SW offloads emulation instead'),
      subsystemVendor,
      subsystem,
      bool('init-vet', true),
    ],
    create: type => new E1000e(type),
    class: {
      description: 'Intel 82574L GbE Controller',
      category: CATEGORY,
      pci: { vendor: INTEL, device: 0x10d3, classCode: ETHERNET, interruptPin: 1 },
      bars: [
        memoryBar(0, io('e1000e-mmio', 0x20000)),
        memoryBar(1, io('e1000e-flash', 0x20000)),
        portBar(2, io('e1000e-io', 0x20)),
        memoryBar(3, container('e1000e-msix', 0x4000, ...msix(5, 0, 0x2000))),
      ],
      romfile: 'efi-e1000e.rom',
    },
  },
];
