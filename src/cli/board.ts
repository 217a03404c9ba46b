/** What the command line says of the board as a whole, and what the board has by default. */

import { QmpError } from '../base/errors.ts';
import type { DisplayKind, EquipmentWishes } from '../machine/board.ts';
import type { MachineFamily } from '../machine/family.ts';
import type { Machine } from '../machine/machine.ts';
import type { MachineTraits } from '../machine/traits.ts';
import { findBusOfType } from '../qdev/bus-path.ts';
import { Device } from '../qdev/device.ts';
import type { Simulator } from '../simulator.ts';
import { addBackends } from './backends.ts';
import type { CommandLineChardevs } from './chardevs.ts';
import type { Configuration, DeviceRequest } from './configuration.ts';
import { checkDrivesUsed } from './drives.ts';
import { CliError } from './errors.ts';
import type { Stage } from './main.ts';
import { atLocation } from './report-errors.ts';
import type { Target } from './target.ts';

/** A board that has been told what it gets. */
export interface EquippedBoard {
  /** The user's devices, and those that come with drives. */
  readonly devices: readonly DeviceRequest[];
  /** To be called once the board is there, before the devices. @throws CliError for drives that it has no place for */
  extend(): void;
}

interface Surroundings {
  readonly family: MachineFamily;
  readonly traits: MachineTraits;
  readonly simulator: Simulator;
  readonly chardevs: CommandLineChardevs;
  readonly stage: Stage;
}

/** Opens the backends, and tells the board what it gets. @throws CliError */
export async function equipBoard(
  configuration: Configuration,
  { family, traits, simulator, chardevs, stage }: Surroundings,
): Promise<EquippedBoard> {
  const { machine } = simulator;
  const { board } = traits;
  const display = chooseDisplay(configuration, traits);
  const say = (message: string) => stage.report({ severity: 'plain', message });
  const ofDrives = await addBackends(machine, configuration, board, say);
  const ports = await chardevs.openPorts(simulator, board.parts);
  const wishes: EquipmentWishes = { ...ports, display, hasDefaults: configuration.defaultDevices };
  await machine.system.types.complete();
  machine.equipment = await family.equipment(machine, wishes);
  machine.network.isDefault = configuration.defaultParts.has('network');
  const { vga } = configuration;
  if (vga !== undefined && vga !== 'none' && !board.parts.includes('display'))
    stage.report({ severity: 'warning', message: UNUSED_DISPLAY });
  const listed = configuration.devices.filter(({ form }) => form === 'options');
  const typed = configuration.devices.filter(({ form }) => form !== 'options');
  return {
    devices: [...listed, ...ofDrives, ...typed],
    extend: () => extendBoard(machine, configuration),
  };
}

/** Display adapters as QEMU calls them when it has none. */
const DISPLAY_NAMES: Readonly<Record<string, string>> = {
  qxl: 'QXL VGA',
  virtio: 'Virtio VGA',
  tcx: 'TCX framebuffer',
  cg3: 'CG3 framebuffer',
};
const KINDS: Readonly<Record<Target, readonly DisplayKind[]>> = {
  ppc64: ['none', 'std', 'cirrus', 'vmware'],
  x86_64: ['none', 'std', 'cirrus', 'vmware', 'virtio'],
};
/** Adapters that QEMU has for a target, but this simulator has not. */
const NOT_SIMULATED: Readonly<Record<Target, readonly string[]>> = { ppc64: [], x86_64: ['qxl'] };

function chooseDisplay(
  { vga, defaultParts, bringsDisplay, target }: Configuration,
  { board }: MachineTraits,
): EquipmentWishes['display'] {
  if (vga === undefined) {
    if (bringsDisplay) return "user's";
    return defaultParts.has('display') ? board.display : 'none';
  }
  const kind = KINDS[target].find(each => each === vga);
  if (kind !== undefined) return kind;
  if (NOT_SIMULATED[target].includes(vga)) throw CliError.at(undefined, `'-vga ${vga}' is not simulated`);
  throw new CliError(
    ['type is NULL', `${DISPLAY_NAMES[vga]} not available`].map(message => ({ severity: 'error', message })),
  );
}

const UNUSED_DISPLAY =
  'A -vga option was passed but this machine type does not use that option; No VGA device has been created';

function extendBoard(machine: Machine, { usbDevices }: Configuration): void {
  atLocation(undefined, () => checkDrivesUsed(machine));
  for (const { text, location } of usbDevices)
    atLocation(location, () => addUsbDevice(machine, text, location));
}

const USB_DEVICES: Readonly<Record<string, string>> = {
  mouse: 'usb-mouse',
  tablet: 'usb-tablet',
  keyboard: 'usb-kbd',
  'wacom-tablet': 'usb-wacom-tablet',
};

function addUsbDevice(machine: Machine, name: string, location: string | undefined): void {
  if (machine.getProperty('usb') !== true) return;
  const driver = Object.hasOwn(USB_DEVICES, name) ? USB_DEVICES[name] : undefined;
  const failure = `could not add USB device '${name}'`;
  if (driver === undefined) throw new QmpError(failure);
  const bus = findBusOfType(machine.system.mainBus, 'usb-bus');
  if (bus === undefined) {
    const reason = `Error: no usb bus to attach usbdevice ${name}, please try -machine usb=on and check that the machine model supports USB`;
    throw new CliError([reason, failure].map(message => ({ severity: 'error', message, location })));
  }
  const device = machine.system.types.create(driver);
  if (device instanceof Device) machine.addPlatformDevice(device, bus);
}
