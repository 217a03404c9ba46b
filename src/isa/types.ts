import { LinkProperty } from '../qdev/link-property.ts';
import { bit, bool, choice, int32, str, uint8, uint16, uint32 } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import type { ClassData, TypeInfo } from '../qom/type.ts';
import { FLOPPY_CONTROLLER_TYPES } from './floppy-controller.ts';
import { Part } from './part.ts';

const UNSET = 0xffffffff;

export const keyboardLink = new LinkProperty('i8042', 'i8042');
export const timerLink = new LinkProperty('pit', 'pit-common');

const lostTickPolicy = choice(
  'lost_tick_policy',
  'LostTickPolicy',
  ['discard', 'delay', 'slew'],
  'discard',
  null,
);

/** A part on the ISA bus. */
export function isaPart(
  name: string,
  properties: readonly Property[],
  more: Partial<TypeInfo> = {},
): TypeInfo {
  return { name, parent: 'isa-device', properties, create: type => new Part(type), ...more };
}

function ps2(name: string, input: NonNullable<ClassData['input']>): TypeInfo {
  return {
    name,
    parent: 'ps2-device',
    create: type => new Part(type),
    class: { category: 'input', input, lines: [{ name: '', outputs: 1 }] },
  };
}

/** What of the original PC every program has types for. */
export const ISA_TYPES: readonly TypeInfo[] = [
  { name: 'ISA', parent: 'bus' },
  { name: 'isa-device', parent: 'device', abstract: true, class: { busType: 'ISA' } },
  isaPart(
    'i8257',
    [int32('base', 0), int32('page-base', 0x80), int32('pageh-base', 0x480), int32('dshift', 0)],
    {
      class: { userCreatable: false },
    },
  ),
  isaPart(
    'pic-common',
    [uint32('iobase', UNSET), uint32('elcr_addr', UNSET), uint8('elcr_mask', 0xff), bit('master', false)],
    { abstract: true, interfaces: ['intctrl'], class: { userCreatable: false } },
  ),
  isaPart('isa-i8259', [], {
    parent: 'pic-common',
    class: { lines: [{ name: '', inputs: 8, outputs: 1, late: true }] },
  }),
  isaPart(
    'mc146818rtc',
    [int32('base_year', 1980), uint16('iobase', 0x70), uint8('irq', 8), lostTickPolicy],
    {
      class: { category: 'misc', userCreatable: false, lines: [{ name: '', outputs: 1, late: true }] },
    },
  ),
  isaPart('pit-common', [], { abstract: true, class: { userCreatable: false } }),
  isaPart('isa-pit', [uint32('iobase', UNSET)], {
    parent: 'pit-common',
    class: { lines: [{ name: '', inputs: 1, outputs: 1, late: true }] },
  }),
  isaPart(
    'isa-pcspk',
    [
      str('audiodev', 'ID of an audiodev to use as a backend'),
      uint32('iobase', 0x61),
      bool('migrate', true),
      timerLink,
    ],
    { class: { category: 'sound', userCreatable: false, ports: [['pcspk', 1, 0x61]] } },
  ),
  ...FLOPPY_CONTROLLER_TYPES,
  isaPart(
    'i8042',
    [bool('extended-state', true), bool('kbd-throttle', false), uint8('kbd-irq', 1), uint8('mouse-irq', 12)],
    {
      class: {
        category: 'input',
        ports: [
          ['i8042-data', 1, 0x60],
          ['i8042-cmd', 1, 0x64],
        ],
        parts: { ps2kbd: 'ps2-kbd', ps2mouse: 'ps2-mouse' },
        lines: [
          { name: 'ps2-mouse-input-irq', inputs: 1 },
          { name: 'ps2-kbd-input-irq', inputs: 1 },
          { name: '', outputs: 2 },
          { name: 'a20', outputs: 1 },
        ],
      },
    },
  ),
  { name: 'ps2-device', parent: 'sys-bus-device', abstract: true, class: { userCreatable: false } },
  ps2('ps2-kbd', { name: 'QEMU PS/2 Keyboard' }),
  ps2('ps2-mouse', { name: 'QEMU PS/2 Mouse', pointer: 'relative' }),
];
