import { QmpError } from '../../base/errors.ts';
import { lastValue, splitOptions } from '../../base/option-syntax.ts';
import { parseChardevOptions } from '../../chardev/parse-options.ts';
import type { ChardevBackend } from '../../generated/types.ts';
import { command, type HmpSession } from '../command.ts';
import { int32, rest, word } from '../parameters.ts';

/** Character devices. */
export const CHARDEV_COMMANDS = [
  command({
    name: 'chardev-add',
    usage: 'args',
    help: 'add chardev',
    parameters: { args: rest },
    run: async (session, { args }) => {
      const options = splitOptions(args, 'backend');
      const wanted = lastValue(options, 'backend');
      if (wanted === 'help' || wanted === '?') {
        await printBackends(session);
        return;
      }
      const id = lastValue(options, 'id');
      if (id === undefined) throw new QmpError('chardev: no id specified');
      const backend = backendOf(args);
      if (session.machine.system.children.get('chardevs')?.property(id) !== undefined)
        throw new QmpError(`attempt to add duplicate property '${id}' to object (type 'container')`);
      await session.execute('chardev-add', { id, backend });
    },
  }),
  command({
    name: 'chardev-change',
    usage: 'id args',
    help: 'change chardev',
    parameters: { id: word, args: rest },
    run: async ({ execute }, { id, args }) => {
      await execute('chardev-change', { id, backend: backendOf(args) });
    },
  }),
  command({
    name: 'chardev-remove',
    usage: 'id',
    help: 'remove chardev',
    parameters: { id: word },
    run: async ({ execute }, args) => await execute('chardev-remove', args),
  }),
  command({
    name: 'chardev-send-break',
    usage: 'id',
    help: 'send a break on chardev',
    parameters: { id: word },
    run: async ({ execute }, args) => await execute('chardev-send-break', args),
  }),
  command({
    name: 'ringbuf_write',
    usage: 'device data',
    help: 'Write to a ring buffer character device',
    parameters: { device: word, data: word },
    run: async ({ execute }, args) => await execute('ringbuf-write', args),
  }),
  command({
    name: 'ringbuf_read',
    usage: 'device size',
    help: 'Read from a ring buffer character device',
    parameters: { device: word, size: int32 },
    run: async ({ execute, print }, args) => print(`${visible(await execute('ringbuf-read', args))}\n`),
  }),
] as const;

/** The device that the options describe. @throws QmpError */
function backendOf(args: string): ChardevBackend {
  const options = splitOptions(args, 'backend').map(({ name, value }) => [name, value] as const);
  return parseChardevOptions(Object.fromEntries(options));
}

async function printBackends({ execute, print }: HmpSession): Promise<void> {
  print('Available chardev backend types: \n');
  for (const { name } of await execute('query-chardev-backends')) print(`  ${name}\n`);
}

/** Control characters, but for line ends, as `\u` and four digits; the backslash twice. */
function visible(text: string): string {
  return text.replaceAll(/[\\\0-\t\v-\x1f\x7f]/g, character =>
    character === '\\' ? '\\\\' : `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
