import { QmpError } from '../base/errors.ts';
import { chardev } from '../qdev/backend-properties.ts';
import type { Device } from '../qdev/device.ts';
import { bool, type QdevProperty, uint32 } from '../qdev/properties.ts';
import { partProperty } from '../qom/property.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { Part, placeIsaPorts } from './part.ts';

const UNSET = 0xffffffff;
const REGISTERS = 8;

const index = uint32('index', UNSET);
const iobase = uint32('iobase', UNSET);
const serialIrq = uint32('irq', UNSET);
const parallelIrq = uint32('irq', 7);

/** Where ports of the original PC are, by their numbers. */
const SERIAL_BASES = [0x3f8, 0x2f8, 0x3e8, 0x2e8];
const SERIAL_IRQS = [4, 3, 4, 3];
const PARALLEL_BASES = [0x378, 0x278, 0x3bc];

/** One of the ports of the original PC, which are numbered. */
abstract class IsaPort extends Part {
  /** Gives the port a number, and the place that belongs to it. @throws QmpError if there are too many */
  protected takeNumber(bases: readonly number[], kind: string): void {
    if (this.value(index) === UNSET) this.setValue(index, this.system.nextNumber(`${kind} port`));
    const number = this.value(index);
    if (number >= bases.length)
      throw new QmpError(`Max. supported number of ${kind} ports is ${bases.length}.`);
    this.#default(iobase, bases[number]);
  }

  #default(property: QdevProperty<number>, value: number | undefined): void {
    if (this.value(property) === UNSET && value !== undefined) this.setValue(property, value);
  }

  protected takeIrq(property: QdevProperty<number>, irqs: readonly number[]): void {
    this.#default(property, irqs[this.value(index)]);
  }
}

/** A serial port with a 16550. */
class IsaSerial extends IsaPort {
  readonly line: Device;

  constructor(type: QomType) {
    super(type);
    this.line = new Part(type.registry.require('serial'));
    this.addChild('serial', this.line);
  }

  protected override onRealize(): void {
    super.onRealize();
    this.takeNumber(SERIAL_BASES, 'ISA serial');
    this.takeIrq(serialIrq, SERIAL_IRQS);
    this.line.realize();
    placeIsaPorts(this, [['serial', REGISTERS, this.value(iobase)]]);
  }
}

class IsaParallel extends IsaPort {
  protected override onRealize(): void {
    super.onRealize();
    if (this.value(chardev) === undefined)
      throw new QmpError("Can't create parallel device, empty char device");
    this.takeNumber(PARALLEL_BASES, 'parallel');
    placeIsaPorts(this, [['parallel', REGISTERS, this.value(iobase)]]);
  }
}

function lineOf(object: unknown): Device {
  if (!(object instanceof IsaSerial)) throw new Error('no serial port');
  return object.line;
}

export const ISA_PORT_TYPES: readonly TypeInfo[] = [
  {
    name: 'isa-serial',
    parent: 'isa-device',
    properties: [index, iobase, serialIrq],
    instanceProperties: [bool('wakeup', false), chardev, uint32('baudbase', 115200)].map(property =>
      partProperty(property, lineOf),
    ),
    create: type => new IsaSerial(type),
    class: { category: 'input' },
  },
  {
    name: 'isa-parallel',
    parent: 'isa-device',
    properties: [index, iobase, parallelIrq, chardev],
    create: type => new IsaParallel(type),
    class: { category: 'input' },
  },
];
