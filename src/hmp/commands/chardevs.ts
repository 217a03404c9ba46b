import { QmpError } from '../../base/errors.ts';
import { IDENTIFIER_HINT, isIdentifier } from '../../base/identifier.ts';
import { splitOptions } from '../../base/option-syntax.ts';
import { checkChardevOptions, parseChardevOptions } from '../../chardev/parse-options.ts';
import { command, type HmpSession } from '../command.ts';
import { int32, word } from '../parameters.ts';

/** Character devices. */
export const CHARDEV_COMMANDS = [
  command({
    name: 'chardev-add',
    usage: 'args',
    help: 'add chardev',
    parameters: { args: word },
    run: async (session, { args }) => {
      const { id, backend, ...others } = readOptions(session, args);
      if (backend === 'help' || backend === '?') {
        await printBackends(session);
        return;
      }
      if (id === undefined) throw new QmpError('chardev: no id specified');
      if (backend === undefined) throw new QmpError(`chardev: "${id}" missing backend`);
      await session.addChardev(id, { backend, ...others });
    },
  }),
  command({
    name: 'chardev-change',
    usage: 'id args',
    help: 'change chardev',
    parameters: { id: word, args: word },
    run: async (session, { id, args }) => {
      const options = readOptions(session, args);
      if (options.id !== undefined) throw new QmpError("Unexpected 'id' parameter");
      await session.execute('chardev-change', { id, backend: parseChardevOptions(options) });
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

/** What the options say, the last one of a name. What is wrong with their form is told on a line of its own. @throws QmpError */
function readOptions(session: HmpSession, args: string): Readonly<Record<string, string>> {
  const refuse = (reason: string) => {
    session.print(`${reason}\n`);
    return new QmpError('Parsing chardev args failed');
  };
  const options = Object.fromEntries(
    splitOptions(args, 'backend').map(({ name, value }) => [name, value] as const),
  );
  if (options.id !== undefined && !isIdentifier(options.id)) {
    throw refuse(`Parameter 'id' expects an identifier\n${IDENTIFIER_HINT}`);
  }
  if (options.id !== undefined && session.machine.system.backends.chardevs?.isOption(options.id) === true)
    throw refuse(`Duplicate ID '${options.id}' for chardev`);
  try {
    checkChardevOptions(options, warning => session.print(`warning: ${warning}\n`));
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    throw refuse(error.hint === undefined ? error.desc : `${error.desc}\n${error.hint}`);
  }
  return options;
}

async function printBackends({ execute, print }: HmpSession): Promise<void> {
  print('Available chardev backend types: \n');
  for (const { name } of [...(await execute('query-chardev-backends'))].reverse()) print(`  ${name}\n`);
}

/** Control characters, but for line ends, as `\u` and four digits; the backslash twice. */
function visible(text: string): string {
  return text.replaceAll(/[\\\0-\t\v-\x1f\x7f]/g, character =>
    character === '\\' ? '\\\\' : `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
}
