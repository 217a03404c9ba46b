import { QmpError } from '../../base/errors.ts';
import type { JsonValue } from '../../base/json.ts';
import { parseJsonText } from '../../qmp/json-text.ts';
import { JsonWriter } from '../../qmp/json-writer.ts';
import { requirePath } from '../../qom/path.ts';
import { StringVisitor } from '../../qom/string-visitor.ts';
import { command } from '../command.ts';
import { flag, optional, rest, word } from '../parameters.ts';

/** Looking into the composition tree and changing it. */
export const OBJECT_COMMANDS = [
  command({
    name: 'qom-list',
    usage: 'path',
    help: 'list QOM properties',
    allowPreconfig: true,
    parameters: { path: optional(word) },
    run: async ({ execute, print }, { path }) => {
      if (path === undefined) {
        print('/\n');
        return;
      }
      for (const { name, type } of await execute('qom-list', { path })) print(`${name} (${type})\n`);
    },
  }),
  command({
    name: 'qom-get',
    usage: 'path property',
    help: 'print QOM property',
    allowPreconfig: true,
    parameters: { path: word, property: word },
    run: async ({ execute, print }, args) => {
      const value = await execute('qom-get', args);
      print(`${new JsonWriter().pretty(value).replaceAll('\r\n', '\n')}\n`);
    },
  }),
  command({
    name: 'qom-set',
    usage: '[-j] path property value',
    help: 'set QOM property.\n\t\t\t-j: the value is specified in json format.',
    allowPreconfig: true,
    parameters: { json: flag('j'), path: word, property: word, value: rest },
    run: async ({ machine, execute }, { json, path, property, value }) => {
      if (json) await execute('qom-set', { path, property, value: jsonOf(value) });
      else requirePath(machine.system, path).setProperty(property, new StringVisitor(value));
    },
  }),
] as const;

function jsonOf(text: string): JsonValue {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new QmpError(error.message) : error;
  }
}
