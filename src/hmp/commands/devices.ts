import { QmpError } from '../../base/errors.ts';
import type { JsonValue } from '../../base/json.ts';
import { Device } from '../../qdev/device.ts';
import { command, type HmpSession } from '../command.ts';
import { deviceHelp, listDevices } from '../device-help.ts';
import { type Options, options, word } from '../parameters.ts';

/** Adding and removing devices. */
export const DEVICE_COMMANDS = [
  command({
    name: 'device_add',
    usage: 'driver[,prop=value][,...]',
    help: 'add device, like -device on the command line',
    parameters: { device: options('driver') },
    complete: ({ machine }, argument) =>
      argument > 0
        ? []
        : [...machine.system.types.all()]
            .filter(type => type.isA('device') && !type.abstract)
            .map(({ name }) => name),
    run: async (session, { device }) => {
      const driver = device.value('driver');
      if (driver === 'help' || driver === '?') session.print(listDevices(session.machine.system.types));
      else if (driver !== undefined && asksForHelp(device)) await printDeviceHelp(session, driver);
      // A missing driver is for the command to tell.
      else await session.execute('device_add', { ...toArguments(device), driver: driver as string });
    },
  }),
  command({
    name: 'device_del',
    usage: 'device',
    help: 'remove device',
    parameters: { id: word },
    complete: ({ machine }, argument) =>
      argument > 0
        ? []
        : [...machine.system.peripheral.children]
            .filter(([, child]) => child instanceof Device && child.hotpluggable)
            .map(([id]) => id),
    run: async ({ execute }, { id }) => await execute('device_del', { id }),
  }),
] as const;

/** That there is no such driver is said without `Error: `. */
async function printDeviceHelp(session: HmpSession, driver: string): Promise<void> {
  try {
    session.print(await deviceHelp(session, session.machine.system.types, driver));
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    session.print(`${error.desc}\n`);
  }
}

function asksForHelp({ items }: Options): boolean {
  return items.some(({ name }) => name === 'help' || name === '?');
}

function toArguments({ id, items }: Options): Readonly<Record<string, JsonValue>> {
  const pairs = items.map(({ name, value }) => [name, value] as const);
  return Object.fromEntries(id === undefined ? pairs : [['id', id], ...pairs]);
}
