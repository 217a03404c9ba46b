import { LinkProperty, legacyText } from '../qdev/link-property.ts';
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
function isa(name: string, properties: readonly Property[], more: Partial<TypeInfo> = {}): TypeInfo {
  return { name, parent: 'isa-device', properties, create: type => new Part(type), ...more };
}

/** The devices of the original PC that are always there, as far as they can be seen. */
function ps2(name: string, input: NonNullable<ClassData['input']>): TypeInfo {
  return {
    name,
    parent: 'ps2-device',
    create: type => new Part(type),
    class: { category: 'input', input, lines: [{ name: '', outputs: 1 }] },
  };
}

export const ISA_TYPES: readonly TypeInfo[] = [
  { name: 'irq', parent: 'object' },
  { name: 'ISA', parent: 'bus' },
  { name: 'isa-device', parent: 'device', abstract: true, class: { busType: 'ISA' } },
  isa('i8257', [int32('base', 0), int32('page-base', 0x80), int32('pageh-base', 0x480), int32('dshift', 0)], {
    class: { userCreatable: false },
  }),
  isa(
    'pic-common',
    [uint32('iobase', UNSET), uint32('elcr_addr', UNSET), uint8('elcr_mask', 0xff), bit('master', false)],
    { abstract: true, interfaces: ['intctrl'], class: { userCreatable: false } },
  ),
  isa('isa-i8259', [], {
    parent: 'pic-common',
    class: { lines: [{ name: '', inputs: 8, outputs: 1, late: true }] },
  }),
  isa('mc146818rtc', [int32('base_year', 1980), uint16('iobase', 0x70), uint8('irq', 8), lostTickPolicy], {
    class: { category: 'misc', userCreatable: false, lines: [{ name: '', outputs: 1, late: true }] },
  }),
  isa('pit-common', [], { abstract: true, class: { userCreatable: false } }),
  isa('isa-pit', [uint32('iobase', UNSET)], {
    parent: 'pit-common',
    class: { lines: [{ name: '', inputs: 1, outputs: 1, late: true }] },
  }),
  isa(
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
  isa(
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
  isa(
    'vmport',
    [
      bit('x-read-set-eax', true),
      bit('x-signal-unsupported-cmd', true),
      bit('x-report-vmx-type', true),
      bit('x-cmds-v2', true),
      uint32('vmware-vmx-version', 6),
      uint8('vmware-vmx-type', 2),
    ],
    { class: { userCreatable: false } },
  ),
  isa('vmmouse', [keyboardLink, legacyText(keyboardLink.name)], { class: { category: 'input' } }),
  isa('port92', [], {
    class: { userCreatable: false, ports: [['port92', 1, 0x92]], lines: [{ name: 'a20', outputs: 1 }] },
  }),
];
