import type { QomObject } from '../../qom/object.ts';
import { resolvePath } from '../../qom/path.ts';
import { command } from '../command.ts';
import { byBytes } from '../device-help.ts';
import { optional, word } from '../parameters.ts';

export const infoQomTree = command({
  name: 'qom-tree',
  usage: '[path]',
  help: 'show QOM composition tree',
  allowPreconfig: true,
  parameters: { path: optional(word) },
  run: ({ machine, print }, { path }) => {
    const top = path === undefined ? machine : resolvePath(machine.system, path);
    if (top === undefined || top === 'ambiguous') print(`Path '${path}' could not be resolved.\n`);
    else print(`${[...lines(top, '')].join('\n')}\n`);
  },
});

function* lines(object: QomObject, indent: string): Generator<string> {
  yield `${indent}/${object.name} (${object.type.name})`;
  const children = [...childrenOf(object)].sort((a, b) => byBytes(a.name, b.name));
  for (const child of children) yield* lines(child, `${indent}  `);
}

/** Some are made when somebody looks at them. */
function* childrenOf(object: QomObject): Generator<QomObject> {
  for (const { type, target } of [...object.properties()]) {
    const child = type.startsWith('child<') ? target?.(object) : undefined;
    if (child !== undefined) yield child;
  }
}
