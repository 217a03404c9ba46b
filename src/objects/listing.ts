import type { System } from '../qdev/system.ts';
import type { QomObject } from '../qom/object.ts';

/** The user's objects of one kind as queries list them: backwards in the order of the hash table that QEMU keeps them in. */
export function listObjects<T extends QomObject>(
  system: System,
  kind: abstract new (...args: never[]) => T,
): readonly T[] {
  const { objects } = system;
  return (objects.keptOrder ?? [])
    .flatMap(name => {
      const object = objects.children.get(name);
      return object instanceof kind ? [object] : [];
    })
    .reverse();
}
