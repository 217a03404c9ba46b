import { chardev, chardevProperty } from '../../qdev/backend-properties.ts';
import { Device } from '../../qdev/device.ts';
import { bool, type QdevProperty, uint8, uint32 } from '../../qdev/properties.ts';
import { type Property, partProperty } from '../../qom/property.ts';
import type { QomType, TypeInfo } from '../../qom/type.ts';
import { PciDevice, type PciIdentity } from '../device.ts';
import { at, container, io, portBar } from '../layout.ts';

const UART_SIZE = 8;
/** Compatible with the 16550 (PCI Code and ID Assignment, class 07h). */
const PROGRAMMING_INTERFACE = uint8('prog_if', 2);
const RED_HAT = 0x1b36;
const SERIAL_PORT = 0x0700;

/** Properties of each line, which the function with a single line shows as its own. */
const LINE = [bool('wakeup', false), chardev, uint32('baudbase', 115200)] as const;

/** A function with one or more 16550 lines. */
class PciSerial extends PciDevice {
  readonly lines: readonly Device[];

  constructor(type: QomType) {
    super(type);
    const { serialLines: count = 1 } = type.class;
    const name = count === 1 ? 'serial' : 'serial[*]';
    this.lines = Array.from({ length: count }, () => {
      const line = new Device(type.registry.require('serial'));
      this.addChild(name, line);
      return line;
    });
  }

  override get identity(): PciIdentity {
    return { ...super.identity, programmingInterface: this.value(PROGRAMMING_INTERFACE) };
  }

  protected override onPciRealize(): void {
    for (const [index, line] of this.lines.entries()) {
      const ownChardev = this.type.class.lineChardevs?.[index];
      if (ownChardev !== undefined) line.setValue(chardev, this.value(ownChardev));
      line.realize();
    }
  }

  protected override onPciUnrealize(): void {
    for (const line of [...this.lines].reverse()) line.unrealize();
  }
}

declare module '../../qom/type.ts' {
  interface ClassData {
    /** For PCI serial adapters: number of lines. */
    readonly serialLines?: number;
    /** Where there are several, a character device for each. */
    readonly lineChardevs?: readonly QdevProperty<string | undefined>[];
  }
}

/** A property of the only line, offered on the function. */
function onLine(property: Property): Property {
  return partProperty(property, object => {
    const [line] = object instanceof PciSerial ? object.lines : [];
    if (line === undefined) throw new Error('no such line');
    return line;
  });
}

function multiple(lines: number, device: number): TypeInfo {
  const uart = (index: number) => at(index * UART_SIZE, io(`uart #${index + 1}`, UART_SIZE));
  const chardevs = Array.from({ length: lines }, (_, index) => chardevProperty(`chardev${index + 1}`));
  return {
    name: `pci-serial-${lines}x`,
    parent: 'pci-device',
    interfaces: ['conventional-pci-device'],
    properties: [...chardevs, PROGRAMMING_INTERFACE],
    create: type => new PciSerial(type),
    class: {
      category: 'input',
      serialLines: lines,
      lineChardevs: chardevs,
      chardevUse: { canMove: true },
      pci: { vendor: RED_HAT, device, classCode: SERIAL_PORT, revision: 1, interruptPin: 1 },
      bars: [
        portBar(
          0,
          container('multiserial', lines * UART_SIZE, ...Array.from({ length: lines }, (_, n) => uart(n))),
        ),
      ],
    },
  };
}

export const PCI_SERIAL_TYPES: readonly TypeInfo[] = [
  {
    name: 'serial',
    parent: 'device',
    properties: LINE,
    create: type => new Device(type),
    class: { userCreatable: false, category: 'input', chardevUse: { canMove: true } },
  },
  {
    name: 'pci-serial',
    parent: 'pci-device',
    interfaces: ['conventional-pci-device'],
    properties: [PROGRAMMING_INTERFACE, ...LINE.map(onLine)],
    create: type => new PciSerial(type),
    class: {
      category: 'input',
      pci: { vendor: RED_HAT, device: 0x0002, classCode: SERIAL_PORT, revision: 1, interruptPin: 1 },
      bars: [portBar(0, io('serial', UART_SIZE))],
    },
  },
  multiple(2, 0x0003),
  multiple(4, 0x0004),
];
