import { MemoryRegion } from '../memory/region.ts';
import { PciDevice } from '../pci/device.ts';
import type { TypeInfo } from '../qom/type.ts';
import { IdeBus } from './bus.ts';

const BUS_MASTER_SIZE = 16;
/** Master and slave on each of the two cables. */
const UNITS = 2;

/** Where the registers of the two channels have been since the PC AT: port and bytes. */
const CHANNELS = [
  [
    [0x1f0n, 8n],
    [0x3f6n, 1n],
  ],
  [
    [0x170n, 8n],
    [0x376n, 1n],
  ],
] as const;

/** The IDE controller in the south bridges of Intel's older chip sets (82371SB datasheet, 2.5). */
export class PiixIde extends PciDevice {
  protected override onPciRealize(): void {
    const container = this.region('piix-bmdma-container', BigInt(BUS_MASTER_SIZE));
    for (const [channel, registers] of CHANNELS.entries()) {
      for (const [port, size] of registers) {
        // In QEMU these are nobody's.
        const region = new MemoryRegion(this.system.unattached, 'ide', size, 'io');
        this.bus.root.ports?.addSubregion(port, region);
      }
      container.addSubregion(BigInt(8 * channel), this.region('piix-bmdma', 4n, 'io'));
      container.addSubregion(BigInt(8 * channel + 4), this.region('bmdma', 4n, 'io'));
      new IdeBus(this, UNITS);
    }
    this.addBar({ index: 4, type: 'io', size: BUS_MASTER_SIZE, region: container });
  }
}

function piix(name: string, device: number): TypeInfo {
  return {
    name,
    parent: 'pci-ide',
    create: type => new PiixIde(type),
    class: {
      hotpluggable: false,
      pci: { vendor: 0x8086, device, classCode: 0x0101, programmingInterface: 0x80, interruptPin: 0 },
    },
  };
}

/** Controllers for machines with the ports of a PC. */
export const PIIX_IDE_TYPES: readonly TypeInfo[] = [
  {
    name: 'pci-ide',
    parent: 'pci-device',
    abstract: true,
    interfaces: ['conventional-pci-device'],
    class: { category: 'storage' },
  },
  piix('piix3-ide', 0x7010),
  piix('piix4-ide', 0x7111),
];
