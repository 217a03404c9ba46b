import { Part } from '../isa/part.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
import { bit, bool, uint8, uint16, uint32 } from '../qdev/properties.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { bypassIommu } from './host-bridge.ts';
import { IO_APIC_TYPES } from './io-apic.ts';

const HPET_SIZE = 0x400n;

/** The high precision event timer, whose registers are there before it is used. */
export class Hpet extends Part {
  readonly registers: MemoryRegion;
  /** How often it raised interrupt line 0, which it leaves to the older timer at a reset. */
  #pulses = 0;

  constructor(
    type: QomType,
    private readonly hasOlderTimer = false,
  ) {
    super(type);
    this.registers = this.addMmio('hpet', HPET_SIZE);
  }

  get pulses(): number {
    return this.#pulses;
  }

  override onReset(): void {
    if (this.hasOlderTimer) this.#pulses++;
  }
}

/** Whether firmware can have what it asks for copied to memory. */
export const usesDma = bool('dma_enabled', true);

const BUILT_IN = { userCreatable: false } as const;

/** Parts of the platform outside of PCI and ISA. */
export const PLATFORM_TYPES: readonly TypeInfo[] = [
  {
    name: 'pci-host-bridge',
    parent: 'sys-bus-device',
    abstract: true,
    properties: [bool('x-config-reg-migration-enabled', true), bypassIommu],
    class: { category: 'bridge' },
  },
  { name: 'kvmvapic', parent: 'sys-bus-device', create: type => new Device(type), class: BUILT_IN },
  {
    name: 'fw_cfg',
    parent: 'sys-bus-device',
    abstract: true,
    properties: [bool('acpi-mr-restore', true)],
  },
  {
    name: 'fw_cfg_io',
    parent: 'fw_cfg',
    properties: [usesDma, uint16('x-file-slots', 32)],
    create: type => new Device(type),
    class: BUILT_IN,
  },
  ...IO_APIC_TYPES,
  {
    name: 'hpet',
    parent: 'sys-bus-device',
    properties: [
      uint8('timers', 3),
      bit('msi', false),
      uint32('hpet-intcap', 0),
      bool('hpet-offset-saved', true),
    ],
    create: type => new Hpet(type),
    class: {
      ...BUILT_IN,
      lines: [
        { name: '', inputs: 2, outputs: 1, late: true },
        { name: 'sysbus-irq', outputs: 32, late: true },
      ],
    },
  },
  { name: 'i2c-bus', parent: 'bus' },
  {
    name: 'i2c-slave',
    parent: 'device',
    abstract: true,
    properties: [uint8('address', 0)],
    class: { busType: 'i2c-bus' },
  },
  { name: 'smbus-device', parent: 'i2c-slave', abstract: true },
  { name: 'smbus-eeprom', parent: 'smbus-device', create: type => new Part(type), class: BUILT_IN },
];
