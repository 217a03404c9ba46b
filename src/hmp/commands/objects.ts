import { QmpError } from '../../base/errors.ts';
import type { JsonValue } from '../../base/json.ts';
import { parseKeyval } from '../../base/keyval.ts';
import type { ObjectOptions } from '../../generated/types.ts';
import { parseJsonText } from '../../qmp/json-text.ts';
import { JsonWriter } from '../../qmp/json-writer.ts';
import { TextArguments } from '../../qmp/text-arguments.ts';
import { requirePath } from '../../qom/path.ts';
import { StringVisitor } from '../../qom/string-visitor.ts';
import { creatableHelp, creatableTypes, listCreatable } from '../class-help.ts';
import { command } from '../command.ts';
import { flag, optional, rest, word } from '../parameters.ts';

const IMPLIED_KEY = 'qom-type';

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
    run: async ({ machine, execute, print }, { json, path, property, value }) => {
      if (json) await execute('qom-set', { path, property, value: jsonOf(value) });
      else {
        const warn = (message: string) => print(`warning: ${message}\n`);
        requirePath(machine.system, path).setProperty(property, new StringVisitor(value, warn));
      }
    },
  }),
  command({
    name: 'object_add',
    usage: '[qom-type=]type,id=str[,prop=value][,...]',
    help: 'create QOM object',
    parameters: { object: rest },
    complete: ({ machine }, argument) => (argument > 0 ? [] : creatableTypes(machine.system.types)),
    run: async ({ machine, execute, print }, { object }) => {
      const { types } = machine.system;
      const [type = '', ...others] = object.split(',');
      if (isHelp(type)) print(listCreatable(types));
      else if (others.some(isHelp)) print(creatableHelp(types, type.replace(/^qom-type=/, '')));
      else await execute('object-add', await objectOptions(object));
    },
  }),
  command({
    name: 'object_del',
    usage: 'id',
    help: 'destroy QOM object',
    parameters: { id: word },
    complete: ({ machine }, argument) =>
      argument > 0
        ? []
        : [...machine.system.objects.children]
            .filter(([, child]) => child.type.isA('user-creatable'))
            .map(([id]) => id),
    run: async ({ execute }, { id }) => await execute('object-del', { id }),
  }),
] as const;

function isHelp(text: string): boolean {
  return text === 'help' || text === '?';
}

/** @throws QmpError; the command finds what else is wrong */
async function objectOptions(text: string): Promise<ObjectOptions> {
  if (text.startsWith('{')) return jsonOf(text) as unknown as ObjectOptions;
  const { introspection } = await import('../../generated/introspection.ts');
  const options = new TextArguments(introspection).read('object-add', parseKeyval(text, IMPLIED_KEY).value);
  return options as unknown as ObjectOptions;
}

function jsonOf(text: string): JsonValue {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw error instanceof SyntaxError ? new QmpError(error.message) : error;
  }
}
