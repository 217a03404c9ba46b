import type { QomObject } from '../../../src/qom/object.ts';
import { answersOf } from '../observe.ts';
import type { Member } from './member.ts';

/** All that can be asked of a machine. */
export async function stateOf({ test, machine }: Member) {
  const { host, ...answers } = await answersOf(test);
  return {
    ...answers,
    // An endpoint that is lost stays lost, and errors of those that nobody uses stay until somebody does.
    host: {
      ...host,
      groups: host.groups.map(({ 'eeh-state': state, 'eeh-enabled': enabled, ...group }) => {
        return { ...group, 'eeh-enabled': state === 'unavailable' || enabled };
      }),
    },
    tree: [...treeBelow(machine, '/machine')].join('\n'),
  };
}

/** Every member of the composition tree, with its type. */
function* treeBelow(object: QomObject, path: string): Generator<string> {
  for (const { name, type } of object.properties()) {
    // The address space of a place stays, as with QEMU: something may come there again.
    if (name.startsWith('vtd-')) continue;
    yield `${path}/${name}: ${type}`;
    // Connectors are made when somebody looks at them, and have all the same.
    const child = CONNECTOR.test(type) ? undefined : object.children.get(name);
    if (child !== undefined) yield* treeBelow(child, `${path}/${name}`);
  }
}

const CONNECTOR = /^child<spapr-drc-/;
