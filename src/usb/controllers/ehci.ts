import type { MemoryRegion } from '../../memory/region.ts';
import { at, container, io, makeRegions } from '../../pci/layout.ts';
import { uint32 } from '../../qdev/properties.ts';
import type { QomType, TypeInfo } from '../../qom/type.ts';
import { EHCI_PORTS, UsbController } from './controller.ts';

const REGISTERS_SIZE = 0x1000;
const REGISTERS = container(
  'ehci',
  REGISTERS_SIZE,
  at(0x0, io('capabilities', 0x10)),
  at(0x20, io('operational', 0x44)),
  at(0x64, io('ports', 4 * EHCI_PORTS)),
);

/** High speed (EHCI 1.0); slower devices need companion controllers. Its registers are there before it is realized. */
class Ehci extends UsbController {
  protected readonly ports = EHCI_PORTS;
  protected readonly portSpeeds = ['high'] as const;

  readonly #registers: MemoryRegion;

  constructor(type: QomType) {
    super(type);
    this.#registers = makeRegions(this, REGISTERS, () => {});
  }

  protected override onPciRealize(): void {
    this.addBar({ index: 0, type: 'memory', size: REGISTERS_SIZE, region: this.#registers });
    super.onPciRealize();
  }

  protected override addBus() {
    const bus = super.addBus();
    bus.takesCompanions = true;
    return bus;
  }
}

function ehci(name: string, device: number, revision: number, hotpluggable: boolean): TypeInfo {
  return {
    name,
    parent: 'pci-ehci-usb',
    class: {
      ...(hotpluggable ? {} : { hotpluggable }),
      pci: {
        vendor: 0x8086,
        device,
        classCode: 0x0c03,
        programmingInterface: 0x20,
        revision,
        interruptPin: 4,
      },
    },
  };
}

export const EHCI_TYPES: readonly TypeInfo[] = [
  {
    name: 'pci-ehci-usb',
    parent: 'pci-device',
    abstract: true,
    interfaces: ['conventional-pci-device'],
    properties: [uint32('maxframes', 128)],
    create: type => new Ehci(type),
    class: { category: 'usb' },
  },
  ehci('usb-ehci', 0x24cd, 0x10, true),
  ehci('ich9-usb-ehci1', 0x293a, 3, false),
  ehci('ich9-usb-ehci2', 0x293c, 3, false),
];
