import { netdev } from '../qdev/backend-properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { claimMac, mac } from '../qdev/mac-property.ts';
import { bit } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { PciDevice } from './device.ts';

const MMIO_SIZE = 128 * 1024;
const IO_SIZE = 64;

/** Intel 82540EM gigabit Ethernet. */
class E1000 extends PciDevice {
  protected override onPciRealize(): void {
    claimMac(this);
    this.region('e1000-mmio', BigInt(MMIO_SIZE), 'io');
    this.region('e1000-io', BigInt(IO_SIZE), 'io');
    this.addBar({ index: 0, type: 'memory', size: MMIO_SIZE });
    this.addBar({ index: 1, type: 'io', size: IO_SIZE });
  }
}

export const E1000_TYPES: readonly TypeInfo[] = [
  {
    name: 'e1000-base',
    parent: 'pci-device',
    abstract: true,
    interfaces: ['conventional-pci-device'],
    properties: [
      bit('init-vet', true),
      bit('mitigation', true),
      netdev,
      bit('autonegotiation', true),
      bit('extra_mac_registers', true),
      bit('migrate_tso_props', true),
      mac,
      bootindex,
    ],
    create: type => new E1000(type),
    class: { category: 'network', romfile: 'efi-e1000.rom' },
  },
  {
    name: 'e1000',
    parent: 'e1000-base',
    class: {
      description: 'Intel Gigabit Ethernet',
      pci: { vendor: 0x8086, device: 0x100e, classCode: 0x0200, revision: 3, interruptPin: 1 },
    },
  },
];
