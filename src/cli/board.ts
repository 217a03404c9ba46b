/** What the command line says of the board as a whole, and what the board has by default. */

import { QmpError } from '../base/errors.ts';
import type { EquipmentWishes } from '../machine/board.ts';
import type { MachineFamily } from '../machine/family.ts';
import type { Machine } from '../machine/machine.ts';
import type { MachineTraits } from '../machine/traits.ts';
import { findBusOfType } from '../qdev/bus-path.ts';
import { Device } from '../qdev/device.ts';
import type { Simulator } from '../simulator.ts';
import { addBackends } from './backends.ts';
import type { CommandLineChardevs } from './chardevs.ts';
import type { Configuration, DeviceRequest } from './configuration.ts';
import { chooseDisplay, isDisplayUnused, UNUSED_DISPLAY } from './displays.ts';
import { checkDrivesUsed } from './drives.ts';
import { CliError } from './errors.ts';
import type { Stage } from './main.ts';
import { atLocation } from './report-errors.ts';

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
  const display = chooseDisplay(configuration, board);
  const say = (message: string) => stage.report({ severity: 'plain', message });
  const ofDrives = await addBackends(machine, configuration, board, say);
  const ports = await chardevs.openPorts(simulator, board.parts);
  const wishes: EquipmentWishes = { ...ports, display, hasDefaults: configuration.defaultDevices };
  await machine.system.types.complete();
  machine.equipment = await family.equipment(machine, wishes);
  machine.network.isDefault = configuration.defaultParts.has('network');
  if (isDisplayUnused(configuration, board)) stage.report({ severity: 'warning', message: UNUSED_DISPLAY });
  const listed = configuration.devices.filter(({ form }) => form === 'options');
  const typed = configuration.devices.filter(({ form }) => form !== 'options');
  return {
    devices: [...listed, ...ofDrives, ...typed],
    extend: () => extendBoard(machine, configuration),
  };
}

function extendBoard(machine: Machine, { usbDevices }: Configuration): void {
  checkDrivesUsed(machine);
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
