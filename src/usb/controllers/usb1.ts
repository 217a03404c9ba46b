import { QmpError } from '../../base/errors.ts';
import { io, memoryBar, portBar } from '../../pci/layout.ts';
import { uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { firstPort, masterBus, UsbController } from './controller.ts';

const USB_CLASS = 0x0c03;
const INTEL = 0x8086;
const APPLE = 0x106b;
const MAX_OHCI_PORTS = 15;

const numPorts = uint32('num-ports', 3);

/** Controllers for low and full speed. */
class Uhci extends UsbController {
  protected readonly ports = 2;
  protected readonly portSpeeds = ['low', 'full'] as const;
}

class Ohci extends UsbController {
  protected readonly portSpeeds = ['low', 'full'] as const;

  protected get ports(): number {
    return this.value(numPorts);
  }

  protected override onPciRealize(): void {
    if (this.ports > MAX_OHCI_PORTS)
      throw new QmpError(`OHCI num-ports=${this.ports} is too big (limit is ${MAX_OHCI_PORTS} ports)`);
    super.onPciRealize();
  }
}

const UHCI_TIMING = [uint32('bandwidth', 1280), uint32('maxframes', 128)] as const;

function uhci(name: string, device: number, interruptPin: number): TypeInfo {
  return {
    name,
    parent: 'pci-uhci-usb',
    properties: UHCI_TIMING,
    class: { pci: { vendor: INTEL, device, classCode: USB_CLASS, revision: 1, interruptPin } },
  };
}

/** One of six in the ICH9 chip set, companions of its two EHCI controllers: only together, never hot-plugged. */
function ich9(number: number, device: number, interruptPin: number): TypeInfo {
  return {
    name: `ich9-usb-uhci${number}`,
    parent: 'pci-uhci-usb',
    properties: [masterBus, firstPort, ...UHCI_TIMING],
    class: {
      hotpluggable: false,
      pci: { vendor: INTEL, device, classCode: USB_CLASS, revision: 3, interruptPin },
    },
  };
}

export const USB1_CONTROLLER_TYPES: readonly TypeInfo[] = [
  {
    name: 'pci-uhci-usb',
    parent: 'pci-device',
    abstract: true,
    interfaces: ['conventional-pci-device'],
    create: type => new Uhci(type),
    class: { category: 'usb', bars: [portBar(4, io('uhci', 0x20))] },
  },
  uhci('piix3-usb-uhci', 0x7020, 4),
  uhci('piix4-usb-uhci', 0x7112, 4),
  ich9(1, 0x2934, 1),
  ich9(2, 0x2935, 2),
  ich9(3, 0x2936, 3),
  ich9(4, 0x2937, 1),
  ich9(5, 0x2938, 2),
  ich9(6, 0x2939, 3),
  {
    name: 'pci-ohci',
    parent: 'pci-device',
    interfaces: ['conventional-pci-device'],
    properties: [masterBus, numPorts, firstPort],
    create: type => new Ohci(type),
    class: {
      description: 'Apple USB Controller',
      category: 'usb',
      hotpluggable: false,
      pci: {
        vendor: APPLE,
        device: 0x003f,
        classCode: USB_CLASS,
        programmingInterface: 0x10,
        interruptPin: 1,
      },
      bars: [memoryBar(0, io('ohci', 0x100))],
    },
  },
];
