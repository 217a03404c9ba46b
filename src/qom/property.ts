import type { JsonValue } from '../base/json.ts';
import type { QomObject } from './object.ts';
import type { InputVisitor } from './visitor.ts';

/**
 * A property of an object, of its class (shared by all instances) or of one instance.
 * Without `get` it cannot be read, without `set` not written.
 */
export interface Property {
  readonly name: string;
  /** The type as `qom-list` names it: `bool`, `uint32`, `child<e1000>`, `link<bus>`, … */
  readonly type: string;
  readonly description?: string;
  /** As in `device-list-properties`; absent where QEMU states none. */
  readonly defaultValue?: JsonValue;
  /** Declared in a device class's own table: those are what `info qtree` shows. */
  readonly isStatic?: boolean;
  get?(object: QomObject): JsonValue;
  set?(object: QomObject, visitor: InputVisitor): void;
  /** For `child<>` and `link<>` properties: the object at the other end. */
  target?(object: QomObject): QomObject | undefined;
}

/** A second name, on one object, for a property of another; what is wrong with its use is said of that other. */
export function aliasProperty(name: string, owner: QomObject, of: string): Property {
  const original = owner.property(of);
  if (original === undefined) throw new Error(`${owner.type.name} has no property ${of}`);
  const { type, target, description } = original;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    type: type.replace(/^child</, 'link<'),
    get: () => owner.getProperty(of),
    set: (_, visitor) => owner.setProperty(of, visitor),
    ...(target === undefined ? {} : { target: () => target.call(original, owner) }),
  };
}

/**
 * A property of a part, offered on the whole.
 * @param partOf finds the part; throws where the object has none
 */
export function partProperty(
  property: Property,
  partOf: (whole: QomObject) => QomObject,
  name = property.name,
): Property {
  const { type, description, defaultValue, get, set, target } = property;
  return {
    name,
    type,
    ...(description === undefined ? {} : { description }),
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...(get === undefined ? {} : { get: object => get.call(property, partOf(object)) }),
    ...(set === undefined ? {} : { set: (object, visitor) => set.call(property, partOf(object), visitor) }),
    ...(target === undefined ? {} : { target: object => target.call(property, partOf(object)) }),
  };
}

/** A property whose value is the path of another object, or empty. */
export function linkProperty(
  name: string,
  type: string,
  target: (object: QomObject) => QomObject | undefined,
): Property {
  return { name, type: `link<${type}>`, target, get: object => target(object)?.path ?? '' };
}
