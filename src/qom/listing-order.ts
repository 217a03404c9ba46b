import { hashTableOrder } from '../base/glib-hash-table.ts';
import type { QomObject } from './object.ts';
import type { Property } from './property.ts';
import type { QomType } from './type.ts';

/**
 * An object's properties in the order in which QEMU lists them: backwards through one hash table for the object's
 * own and one for each class, from its own up. The order in which names came into a table matters where two of
 * them compete for a slot, and is not always known here.
 */
export function listProperties(object: QomObject): readonly Property[] {
  const left = new Map(Array.from(object.properties(), property => [property.name, property] as const));
  const classes: (readonly string[])[] = [];
  for (let type: QomType | undefined = object.type; type !== undefined; type = type.parent) {
    const names = type.ownClassProperties.map(({ name }) => name).filter(name => left.has(name));
    classes.push(hashTableOrder(legacyFirst(names)));
  }
  const ofClasses = classes.flat();
  const isOfClass = new Set(ofClasses);
  const own = object.keptOrder ?? hashTableOrder([...left.keys()].filter(name => !isOfClass.has(name)));
  return [...own, ...ofClasses].reverse().flatMap(name => {
    const property = left.get(name);
    left.delete(name);
    return property ?? [];
  });
}

const LEGACY = 'legacy-';

/** A property that is there once more as text comes after that. */
function legacyFirst(names: readonly string[]): readonly string[] {
  return names
    .filter(name => !name.startsWith(LEGACY))
    .flatMap(name => (names.includes(LEGACY + name) ? [LEGACY + name, name] : [name]));
}
