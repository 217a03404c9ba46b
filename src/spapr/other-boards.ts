import { Part } from '../isa/part.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { uint16, uint32 } from '../qdev/properties.ts';
import { interfaceType } from '../qom/base-types.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';

const BUILT_IN = { userCreatable: false } as const;

const phb = new LinkProperty('phb', 'pnv-phb3');
const phbBase = new LinkProperty('phb-base', 'pnv-phb');
const chip = new LinkProperty('chip', 'pnv-chip');

/** The PCI host bridge of a POWER8 without a hypervisor, with its interrupt sources. */
class PowernvPhb3 extends Device {
  constructor(type: QomType) {
    super(type);
    for (const [name, part] of [
      ['lsi', 'ics'],
      ['msi', 'phb3-msi'],
      ['pbcq', 'pnv-pbcq'],
    ] as const)
      this.addChild(name, new Device(type.registry.require(part)));
  }
}

/** Parts of other boards with POWER processors, which are not here, known by their types alone. */
export const OTHER_BOARD_TYPES: readonly TypeInfo[] = [
  {
    name: 'or-irq',
    parent: 'device',
    properties: [uint16('num-lines', 1)],
    create: type => new Part(type),
    class: { ...BUILT_IN, lines: [{ name: '', outputs: 1 }] },
  },
  interfaceType('pnv-xscom-interface'),
  { name: 'phb3-msi', parent: 'ics', properties: [phb] },
  {
    name: 'pnv-pbcq',
    parent: 'device',
    interfaces: ['pnv-xscom-interface'],
    properties: [phb],
    create: type => new Device(type),
    class: BUILT_IN,
  },
  {
    name: 'pnv-phb3',
    parent: 'device',
    properties: [
      uint32('index', 0),
      uint32('chip-id', 0),
      chip,
      legacyText(chip.name),
      phbBase,
      legacyText(phbBase.name),
    ],
    create: type => new PowernvPhb3(type),
    class: BUILT_IN,
  },
];
