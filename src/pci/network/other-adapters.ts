import { NIC_PROPERTIES } from '../../qdev/nic.ts';
import { bit, uint32 } from '../../qdev/properties.ts';
import type { Property } from '../../qom/property.ts';
import type { ClassData, QomType, TypeInfo } from '../../qom/type.ts';
import type { PciDevice } from '../device.ts';
import { at, container, io, memoryBar, msix, portBar } from '../layout.ts';
import { NetworkAdapter } from './adapter.ts';

interface Adapter extends ClassData {
  readonly name: string;
  readonly interfaces?: readonly string[];
  /** Beyond those that every adapter has. */
  readonly properties?: readonly Property[];
  readonly create?: (type: QomType) => PciDevice;
}

const oldMsiOffsets = bit('x-old-msi-offsets', false);
const VMXNET3_VECTORS = 25;

class Vmxnet3 extends NetworkAdapter {
  protected override onPciRealize(): void {
    const pendingAt = this.value(oldMsiOffsets) ? 0x800 : 0x1000;
    const table = msix(VMXNET3_VECTORS, 0, pendingAt);
    this.plannedBar(memoryBar(2, container('vmxnet3-msix-bar', 0x2000, ...table)));
    super.onPciRealize();
  }
}

function adapter({
  name,
  interfaces = ['conventional-pci-device'],
  properties = [],
  create = type => new NetworkAdapter(type),
  ...data
}: Adapter): TypeInfo {
  return {
    name,
    parent: 'pci-device',
    interfaces,
    properties: [...NIC_PROPERTIES, ...properties],
    create,
    class: { category: 'network', ...data },
  };
}

const ETHERNET = { classCode: 0x0200, interruptPin: 1 } as const;

/** That of Apple's machines. */
export const SUNGEM_TYPE = adapter({
  name: 'sungem',
  properties: [uint32('phy_addr', 0)],
  neverFinalized: true,
  pci: { vendor: 0x106b, device: 0x0021, revision: 1, subsystemVendor: 0, subsystem: 0, ...ETHERNET },
  bars: [
    memoryBar(
      0,
      container(
        'sungem',
        0x200000,
        at(0x0, io('sungem.greg', 0x2000)),
        at(0x2000, io('sungem.txdma', 0x1000)),
        at(0x4000, io('sungem.rxdma', 0x2000)),
        at(0x6000, io('sungem.mac', 0x200)),
        at(0x6200, io('sungem.mif', 0x20)),
        at(0x9000, io('sungem.pcs', 0x60)),
      ),
    ),
  ],
});

/** One adapter of each of several makers. */
export const OTHER_ADAPTER_TYPES: readonly TypeInfo[] = [
  adapter({
    name: 'ne2k_pci',
    pci: { vendor: 0x10ec, device: 0x8029, ...ETHERNET },
    bars: [portBar(0, io('ne2000', 0x100))],
    romfile: 'efi-ne2k_pci.rom',
    romLabel: 'ne2000',
  }),
  adapter({
    name: 'pcnet',
    pci: { vendor: 0x1022, device: 0x2000, revision: 0x10, subsystemVendor: 0, subsystem: 0, ...ETHERNET },
    bars: [portBar(0, io('pcnet-io', 0x20)), memoryBar(1, io('pcnet-mmio', 0x20))],
    romfile: 'efi-pcnet.rom',
  }),
  adapter({
    name: 'rtl8139',
    pci: { vendor: 0x10ec, device: 0x8139, revision: 0x20, ...ETHERNET },
    bars: [portBar(0, io('rtl8139', 0x100)), memoryBar(1, io('rtl8139-mem', 0x100))],
    romfile: 'efi-rtl8139.rom',
  }),
  adapter({
    name: 'tulip',
    pci: { vendor: 0x1011, device: 0x0019, subsystemVendor: 0x103c, subsystem: 0x104f, ...ETHERNET },
    bars: [portBar(0, io('tulip-io', 0x80)), memoryBar(1, io('tulip-mem', 0x80))],
  }),
  adapter({
    name: 'vmxnet3',
    description: 'VMWare Paravirtualized Ethernet v3',
    interfaces: ['conventional-pci-device', 'pci-express-device'],
    properties: [oldMsiOffsets, bit('x-disable-pcie', false)],
    create: type => new Vmxnet3(type),
    pci: {
      vendor: 0x15ad,
      device: 0x07b0,
      revision: 1,
      subsystemVendor: 0x15ad,
      subsystem: 0x07b0,
      ...ETHERNET,
    },
    bars: [memoryBar(0, io('vmxnet3-b0', 0x1000)), memoryBar(1, io('vmxnet3-b1', 0x1000))],
    romfile: 'efi-vmxnet3.rom',
  }),
];
