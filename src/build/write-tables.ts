import { type Command, type Contract, type Payload, referredType } from './documents.ts';
import { argumentsTypeName, dataTypeName, key } from './names.ts';
import { typeOf } from './write-types.ts';

/** The module `commands.ts`: the type of every command, and what dispatch has to know of it. */
export function writeCommands({ documents, commands, types }: Contract): string {
  const entries = Object.entries(commands);
  const imports = new Set<string>();
  const use = (type: string): string => {
    for (const [word] of type.matchAll(/\b[A-Z]\w*/g)) imports.add(word);
    return type;
  };
  const signatures = entries.map(([name, command]) => {
    const returned = command.returns === undefined ? 'void' : use(typeOf(command.returns));
    return [
      ...commentLines(command),
      `  ${key(name)}: { readonly arguments: ${use(argumentsType(name, command))}; readonly returns: ${returned} };`,
    ].join('\n');
  });
  const infos = entries.map(([name, command]) => {
    const members = memberNames(command.arguments, types);
    const fields = [
      ...(command['allow-oob'] === true ? ['allowOob: true'] : []),
      ...(command['allow-preconfig'] === true ? ['allowPreconfig: true'] : []),
      ...(command.target === undefined ? [] : [`target: '${command.target}'`]),
      ...(members.length > 0 ? [`members: [${members.map(member => `'${member}'`).join(', ')}]`] : []),
    ];
    return `  ${key(name)}: {${fields.length > 0 ? ` ${fields.join(', ')} ` : ''}},`;
  });
  const json = [...imports].filter(name => name.startsWith('Json')).sort();
  const own = [...imports].filter(name => !name.startsWith('Json') && name !== 'Record').sort();
  return `${importTypes(json, '../base/json.ts')}${importTypes(own, './types.ts')}
/** What each command takes and returns; \`void\` is an empty object on the wire. */
export interface Commands {
${signatures.join('\n')}
}

export type CommandName = keyof Commands;

/** The commands that each document of \`schema/\` describes. */
export interface Documents {
${Object.entries(documents)
  .map(([name, own]) => `  ${key(name)}: ${own.map(command => `'${command}'`).join(' | ')};`)
  .join('\n')}
}

/** The same at run time. */
export const documents: { readonly [Name in keyof Documents]: readonly Documents[Name][] } = {
${Object.entries(documents)
  .map(([name, own]) => `  ${key(name)}: [${own.map(command => `'${command}'`).join(', ')}],`)
  .join('\n')}
};

/** What dispatch has to know of a command. */
export interface CommandTraits {
  /** May be executed out of band. */
  readonly allowOob?: true;
  /** May be executed before the machine has been made. */
  readonly allowPreconfig?: true;
  /** The only architecture that has it. */
  readonly target?: 'ppc64' | 'x86_64';
  /** Names of its arguments, in the order in which they are checked. */
  readonly members?: readonly string[];
}

export const commandInfo: Readonly<Record<CommandName, CommandTraits>> = {
${infos.join('\n')}
};
`;
}

/** The module \`events.ts\`: the type of every event's data. */
export function writeEvents({ events }: Contract): string {
  const entries = Object.entries(events).map(([name, event]) => {
    const { data } = event;
    const type = data === undefined ? 'void' : '$ref' in data ? referredType(data.$ref) : dataTypeName(name);
    return { type, lines: [...commentLines(event), `  ${name}: ${type};`] };
  });
  const used = [...new Set(entries.map(entry => entry.type))].filter(type => type !== 'void').sort();
  return `${importTypes(used, './types.ts')}
/** The data of each event; \`void\` where it has none. */
export interface Events {
${entries.flatMap(entry => entry.lines).join('\n')}
}

export type EventName = keyof Events;
`;
}

function argumentsType(name: string, { arguments: payload, unchecked = false }: Command): string {
  if (unchecked) return 'JsonObject';
  if (payload === undefined) return 'Record<string, never>';
  return '$ref' in payload ? referredType(payload.$ref) : argumentsTypeName(name);
}

function memberNames(payload: Payload | undefined, types: Contract['types']): readonly string[] {
  if (payload === undefined) return [];
  const structure = '$ref' in payload ? types[referredType(payload.$ref)] : payload;
  return structure !== undefined && 'properties' in structure ? Object.keys(structure.properties) : [];
}

function commentLines(node: {
  readonly description: string;
  readonly features?: readonly string[];
}): string[] {
  const { description, features = [] } = node;
  const text = description.replaceAll('*/', '*\\/');
  return [`  /** ${text}${features.length > 0 ? ` (${features.join(', ')})` : ''} */`];
}

function importTypes(names: readonly string[], from: string): string {
  return names.length > 0
    ? `import type {\n${names.map(name => `  ${name},\n`).join('')}} from '${from}';\n`
    : '';
}
