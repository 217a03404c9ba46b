import { Ich9Ahci } from '../ide/ahci.ts';
import { PiixIde } from '../ide/piix.ts';
import { addPorts, Part } from '../isa/part.ts';
import type { MemoryRegion } from '../memory/region.ts';
import type { PciBus } from '../pci/bus.ts';
import { devfnOf } from '../pci/devfn.ts';
import type { PciDevice } from '../pci/device.ts';
import { addr, multifunction } from '../pci/properties.ts';
import type { Device } from '../qdev/device.ts';
import { applyGlobals } from '../qom/type.ts';
import { type ChipsetSetting, shadowSettings, smramSettings } from './firmware.ts';
import { I440fx, I440fxHost } from './i440fx.ts';
import { Ich9Lpc, Ich9Smb } from './ich9.ts';
import type { IsaBus } from './isa-bus.ts';
import type { PcMachine } from './machine.ts';
import { eventTimer, keyboardController, pit, sata, smbus } from './machine-properties.ts';
import { Piix3, Piix4PowerManagement } from './piix.ts';
import { Hpet } from './platform-types.ts';
import type { PowerManagement } from './power-management.ts';
import { Q35Host } from './q35.ts';
import { type RamSplit, splitForI440fx, splitForQ35 } from './ram-split.ts';

/** A chipset in place. */
export interface Chipset {
  readonly rootBus: PciBus;
  readonly power: PciDevice & PowerManagement;
  readonly clock: Device;
  /** What system management code sees. */
  readonly smram: MemoryRegion;
  /** What firmware sets. */
  readonly settings: readonly ChipsetSetting[];
}

/** What distinguishes the two kinds of PC. */
export interface ChipsetPlan {
  readonly ramSplit: (size: bigint, limit: bigint, cutsAtLargePage: boolean) => RamSplit;
  /** Whether it has PCI Express. */
  readonly isExpress: boolean;
  /** Interrupt lines that are wired but belong to no device. */
  readonly wiredInterrupts: (machine: PcMachine) => number;
  /** Types of devices on the main system bus that a user may add. */
  readonly systemDevices: readonly string[];
  build(machine: PcMachine): Chipset;
}

/** Where power management ports go, and a register of each southbridge that switches them on. */
const PM_PORTS = 0x600;
/** Interrupts that the event timer can be routed to, whether or not anything else is. */
const IO_APIC_INPUTS = 24;
const EEPROMS = 8;
const EEPROM_ADDRESS = 0x50;
const HPET_ADDRESS = 0xfed00000n;

export const I440FX: ChipsetPlan = {
  ramSplit: splitForI440fx,
  isExpress: false,
  wiredInterrupts: machine =>
    (machine.value(eventTimer) ? IO_APIC_INPUTS : legacyInterrupts(machine)) + gateLines(machine) + 2,
  systemDevices: [],
  build(machine) {
    const { registry } = machine.type;
    const host = applyGlobals(new I440fxHost(registry.require('i440FX-pcihost'), machine));
    machine.addChild('i440fx', host);
    host.realize(machine.system.mainBus);
    const bridge = applyGlobals(new I440fx(registry.require('i440FX'), machine, host));
    const { bus } = host;
    addFunction(machine, bridge, bus, devfnOf(0, 0));
    const piix3 = applyGlobals(new Piix3(registry.require('PIIX3'), machine));
    addFunction(machine, piix3, bus, devfnOf(1, 0), true);
    const clock = addLegacyParts(machine, piix3.isa, {
      ioApic: () => host.addIoApic(),
      display: true,
      hpetInterrupts: 0x4,
      floppy: true,
    });
    machine.equipment?.add('adapters');
    addFunction(machine, applyGlobals(new PiixIde(registry.require('piix3-ide'))), bus, devfnOf(1, 1));
    machine.equipment?.add('disks');
    machine.equipment?.add('usb');
    const power = applyGlobals(new Piix4PowerManagement(registry.require('PIIX4_PM'), machine));
    addFunction(machine, power, bus, devfnOf(1, 3));
    addEeproms(machine, power);
    const settings: readonly ChipsetSetting[] = [
      ...shadowSettings(0x59),
      ...smramSettings(0x72),
      [power.devfn, 0x40, 4, PM_PORTS | 1],
      [power.devfn, 0x80, 1, 1],
    ];
    return { rootBus: bus, power, clock, smram: bridge.smram, settings };
  },
};

export const Q35: ChipsetPlan = {
  ramSplit: splitForQ35,
  isExpress: true,
  wiredInterrupts: machine => IO_APIC_INPUTS + gateLines(machine) + 1,
  systemDevices: ['intel-iommu'],
  build(machine) {
    const { registry } = machine.type;
    const host = applyGlobals(new Q35Host(registry.require('q35-pcihost'), machine));
    machine.addChild('q35', host);
    host.realize(machine.system.mainBus);
    const { bus, mch } = host;
    const lpc = applyGlobals(new Ich9Lpc(registry.require('ICH9-LPC'), machine));
    addFunction(machine, lpc, bus, devfnOf(31, 0), true);
    const clock = addLegacyParts(machine, lpc.isa, {
      ioApic: () => host.addIoApic(),
      display: false,
      hpetInterrupts: 0xff0104,
      floppy: machine.blocks.slots.of('floppy').length > 0,
    });
    if (machine.value(sata)) {
      const ahci = applyGlobals(new Ich9Ahci(registry.require('ich9-ahci')));
      addFunction(machine, ahci, bus, devfnOf(31, 2), true);
      machine.equipment?.add('disks');
    }
    machine.equipment?.add('usb');
    if (machine.value(smbus)) {
      const controller = applyGlobals(new Ich9Smb(registry.require('ICH9-SMB')));
      addFunction(machine, controller, bus, devfnOf(31, 3), true);
      addEeproms(machine, controller);
    }
    machine.equipment?.add('display');
    machine.equipment?.add('adapters');
    const settings: readonly ChipsetSetting[] = [
      ...shadowSettings(0x90),
      ...smramSettings(0x9d),
      [mch.devfn, 0x60, 4, 0xb0000001],
      [lpc.devfn, 0x40, 4, PM_PORTS | 1],
      [lpc.devfn, 0x44, 1, 0x80],
    ];
    return { rootBus: bus, power: lpc, clock, smram: mch.smram, settings };
  },
};

/** Ways by which the keyboard controller and its successor switch the 21st address line. */
function gateLines(machine: PcMachine): number {
  return machine.value(keyboardController) ? 2 : 0;
}

/** Interrupts of the board's own old devices: the clock and ACPI, the timer, keyboard and mouse. */
function legacyInterrupts(machine: PcMachine): number {
  return 2 + (machine.value(pit) === 'off' ? 0 : 1) + (machine.value(keyboardController) ? 2 : 0);
}

function addFunction(
  machine: PcMachine,
  device: PciDevice,
  bus: PciBus,
  devfn: number,
  several = false,
): void {
  device.setValue(addr, devfn);
  if (several) device.setValue(multifunction, true);
  machine.addPlatformDevice(device, bus);
}

interface LegacyPlan {
  readonly ioApic: () => void;
  /** Whether the display comes here, or after everything else. */
  readonly display: boolean;
  /** Which interrupts the event timer can be routed to, one bit each. */
  readonly hpetInterrupts: number;
  readonly floppy: boolean;
}

/** What both kinds of PC have of older ones. @returns the clock */
function addLegacyParts(
  machine: PcMachine,
  isa: IsaBus,
  { ioApic, display, hpetInterrupts, floppy }: LegacyPlan,
): Device {
  isa.addDmaControllers();
  isa.addInterruptControllers();
  ioApic();
  if (display) machine.equipment?.add('display');
  addPorts(machine.system.unattached, machine.portMemory, [
    ['ioport80', 1, 0x80],
    ['ioportF0', 1, 0xf0],
  ]);
  if (machine.value(eventTimer)) addEventTimer(machine, hpetInterrupts);
  const clock = isa.addClock();
  if (machine.value(pit) !== 'off') isa.addTimerAndSpeaker();
  isa.addInputOutput(floppy);
  return clock;
}

function addEventTimer(machine: PcMachine, interrupts: number): void {
  const hpet = applyGlobals(new Hpet(machine.type.registry.require('hpet'), machine.value(pit) !== 'off'));
  hpet.setValues({ 'hpet-intcap': interrupts });
  machine.addPlatformDevice(hpet);
  machine.systemMemory.addSubregion(HPET_ADDRESS, hpet.registers);
}

/** What describes the memory modules, on the bus of the southbridge. */
function addEeproms(machine: PcMachine, owner: Device): void {
  const [bus] = owner.childBuses;
  for (let i = 0; i < EEPROMS; i++) {
    const eeprom = applyGlobals(new Part(machine.type.registry.require('smbus-eeprom')));
    eeprom.setValues({ address: EEPROM_ADDRESS + i });
    machine.addPlatformDevice(eeprom, bus);
  }
}
