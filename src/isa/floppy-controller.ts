import { bootPlace } from '../qdev/bootindex.ts';
import { Bus, defaultBusName } from '../qdev/bus.ts';
import { choice, uint32 } from '../qdev/properties.ts';
import type { System } from '../qdev/system.ts';
import type { TypeInfo } from '../qom/type.ts';
import { Part, placeIsaPorts } from './part.ts';

const FLOPPY_KINDS = ['144', '288', '120', 'none', 'auto'] as const;
export type FloppyKind = (typeof FLOPPY_KINDS)[number];

export function floppyKind(name: string, initial: FloppyKind) {
  const words = FLOPPY_KINDS.join('/');
  return choice(name, 'FdcDriveType', FLOPPY_KINDS, initial, `FDC drive type, ${words}`);
}

const iobase = uint32('iobase', 0x3f0);
export const fallbackKind = floppyKind('fallback', '288');

/** Where the first one is, of which firmware is told. */
const FIRST_IOBASE = 0x3f0;
const TOO_MANY = [
  'warning: multiple floppy disk controllers with iobase=0x3f0 have been found',
  'the one being picked for CMOS setup might not reflect your intent',
].join('\n');

/** Says so if firmware could be told of several. */
export function checkFloppyControllers({ inService, report }: System): void {
  const first = [...inService].filter(
    device => device instanceof FloppyController && device.value(iobase) === FIRST_IOBASE,
  );
  if (first.length > 1) report(TOO_MANY);
}

/** A controller for two floppy drives (Intel 82078). */
export class FloppyController extends Part {
  protected override onRealize(): void {
    super.onRealize();
    const base = this.value(iobase);
    placeIsaPorts(this, [
      ['fdc', 5, base + 1],
      ['fdc', 1, base + 7],
    ]);
    new Bus(this.type.registry.require('floppy-bus'), defaultBusName(this, 'floppy-bus'), this);
  }
}

export const FLOPPY_CONTROLLER_TYPES: readonly TypeInfo[] = [
  { name: 'floppy-bus', parent: 'bus' },
  {
    name: 'isa-fdc',
    parent: 'isa-device',
    properties: [
      iobase,
      uint32('irq', 6),
      uint32('dma', 2),
      floppyKind('fdtypeA', 'auto'),
      floppyKind('fdtypeB', 'auto'),
      fallbackKind,
      bootPlace('bootindexA'),
      bootPlace('bootindexB'),
    ],
    create: type => new FloppyController(type),
    class: { description: 'virtual floppy controller', category: 'storage' },
  },
];
