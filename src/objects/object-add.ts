import { QmpError } from '../base/errors.ts';
import { badIdentifier, isIdentifier } from '../base/identifier.ts';
import { inMemberOrder } from '../base/member-order.ts';
import type { ObjectSpec } from '../machine/config.ts';
import type { System } from '../qdev/system.ts';
import { type InputVisitor, JsonVisitor } from '../qom/visitor.ts';
import { UserObject } from './user-object.ts';

/**
 * Creates an object, configures it and puts it into service, as `object-add` and `-object` do. On failure
 * nothing is left behind.
 *
 * @param properties readers of the values, by name
 * @throws QmpError with the text that QEMU 7.2 gives
 */
export function addObject(
  system: System,
  typeName: string,
  id: string,
  properties: ReadonlyMap<string, InputVisitor>,
): void {
  const type = system.types.get(typeName);
  const object = type?.isA('user-creatable') && !type.abstract ? type.create?.(type) : undefined;
  if (!(object instanceof UserObject)) throw new QmpError(`invalid object type: ${typeName}`);
  if (!isIdentifier(id)) throw badIdentifier();
  const objects = system.objects;
  // Values are looked at first, then the id; but links among the values need a place to start from.
  const isTaken = objects.property(id) !== undefined;
  if (!isTaken) objects.addChild(id, object);
  try {
    for (const [name, visitor] of inMemberOrder(properties)) object.setProperty(name, visitor);
    if (isTaken) throw new QmpError(`attempt to add duplicate property '${id}' to object (type 'container')`);
    object.complete(system);
  } catch (error) {
    object.release();
    object.unparent();
    throw error;
  }
}

/** `addObject` with values from JSON. */
export function createObject(system: System, { type, id, properties }: ObjectSpec): void {
  const visitors = [...properties].map(([name, value]) => [name, new JsonVisitor(value)] as const);
  addObject(system, type, id, new Map(visitors));
}

/** As `object-del`. @throws QmpError with the text that QEMU 7.2 gives */
export function removeObject(system: System, id: string): void {
  const object = system.objects.children.get(id);
  if (!(object instanceof UserObject)) throw new QmpError(`object '${id}' not found`);
  if (object.inUse) throw new QmpError(`object '${id}' is in use, can not be deleted`);
  object.release();
  object.unparent();
}
