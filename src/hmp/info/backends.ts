import { command } from '../command.ts';

/** What devices are connected to, and what would show a picture. */
export const BACKEND_INFO = [
  command({
    name: 'iothreads',
    help: 'show iothreads',
    run: async ({ execute, print }) => {
      for (const { id, ...values } of await execute('query-iothreads')) {
        print(`${id}:\n  thread_id=${values['thread-id']}\n  poll-max-ns=${values['poll-max-ns']}\n`);
        print(`  poll-grow=${values['poll-grow']}\n  poll-shrink=${values['poll-shrink']}\n`);
        print(`  aio-max-batch=${values['aio-max-batch']}\n`);
      }
    },
  }),
  command({
    name: 'mice',
    help: 'show which guest mouse is receiving events',
    run: async ({ execute, print }) => {
      const mice = await execute('query-mice');
      if (mice.length === 0) print('No mouse devices connected\n');
      for (const { current, index, name, absolute } of mice)
        print(`${current ? '*' : ' '} Mouse #${index}: ${name}${absolute ? ' (absolute)' : ''}\n`);
    },
  }),
  command({
    name: 'balloon',
    help: 'show balloon information',
    run: async ({ execute, print }) => {
      const { actual } = await execute('query-balloon');
      print(`balloon: actual=${BigInt(actual) >> 20n}\n`);
    },
  }),
  command({
    name: 'tpm',
    help: 'show the TPM device',
    run: async ({ execute, print }) => {
      const devices = await execute('query-tpm');
      if (devices.length > 0) print('TPM device:\n');
      for (const [index, { id, model }] of devices.entries())
        print(` tpm${index}: model=${model}\n  \\ ${id}\n`);
    },
  }),
  command({
    name: 'vnc',
    help: 'show the vnc server status',
    run: async ({ execute, print }) => {
      const { enabled } = await execute('query-vnc');
      if (!enabled) print('None\n');
    },
  }),
  command({
    name: 'spice',
    help: 'show the spice server status',
    run: async ({ execute, print }) => {
      const { enabled } = await execute('query-spice');
      if (!enabled) print('Server: disabled\n');
    },
  }),
] as const;
