import type { JsonValue } from '../base/json.ts';
import { QomObject } from './object.ts';
import { resolveLink, rootOf } from './path.ts';
import type { Property } from './property.ts';
import { INT64, type InputVisitor, type IntegerRange } from './visitor.ts';

/** A property whose value each object keeps for itself. */
export interface Valued<T> extends Property {
  /** The value of an object for which it was not set. */
  readonly initial: T;
}

/** An object that keeps the values of properties declared as data. */
export class ValuedObject extends QomObject {
  /** Of properties that were given a value: a machine has hundreds of objects without any. */
  #values: Map<string, unknown> | undefined;

  value<T>(property: Valued<T>): T {
    // What is stored under a property's name was stored by `setValue` of a property with that name.
    return this.#values?.has(property.name) ? (this.#values.get(property.name) as T) : property.initial;
  }

  setValue<T>(property: Valued<T>, value: T): void {
    (this.#values ??= new Map()).set(property.name, value);
  }

  /** True if the property was given a value, be it the default. */
  isSet(property: Property): boolean {
    return this.#values?.has(property.name) ?? false;
  }
}

interface Definition<T> {
  readonly name: string;
  readonly type: string;
  readonly description?: string | undefined;
  /** The value of an object for which it was not set. */
  readonly initial: T;
  /** Reads a new value. @throws QmpError if this object cannot have it, or not any more */
  parse(visitor: InputVisitor, object: ValuedObject): T;
  print(value: T, object: ValuedObject): JsonValue;
}

/** A property declared as data, of objects that are not devices. */
export class ValueProperty<T> implements Valued<T> {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly initial: T;
  readonly #definition: Definition<T>;

  constructor(definition: Definition<T>) {
    this.name = definition.name;
    this.type = definition.type;
    this.initial = definition.initial;
    if (definition.description !== undefined) this.description = definition.description;
    this.#definition = definition;
  }

  get(object: QomObject): JsonValue {
    return object instanceof ValuedObject ? this.#definition.print(object.value(this), object) : null;
  }

  set(object: QomObject, visitor: InputVisitor): void {
    if (object instanceof ValuedObject) object.setValue(this, this.#definition.parse(visitor, object));
  }
}

/** Called with an object before a property of it is changed; throws where it is too late for that. */
export type Guard = (object: ValuedObject) => void;

export function boolValue(name: string, initial: boolean, description?: string, guard?: Guard) {
  return new ValueProperty<boolean>({
    name,
    type: 'bool',
    description,
    initial,
    parse: (visitor, object) => {
      const value = visitor.bool(name);
      guard?.(object);
      return value;
    },
    print: value => value,
  });
}

/** @param check refuses texts, or brings them to their usual form */
export function textValue(
  name: string,
  initial: string,
  description?: string,
  check: (text: string, object: ValuedObject) => string = text => text,
) {
  return new ValueProperty<string>({
    name,
    type: 'string',
    description,
    initial,
    parse: (visitor, object) => check(visitor.string(name), object),
    print: value => value,
  });
}

/** @param type as QOM names it; many integers are just `int` there, whatever their range */
export function integerValue(
  name: string,
  initial: bigint,
  { type = 'int', range = INT64, description, check = value => value }: IntegerOptions = {},
) {
  return new ValueProperty<bigint>({
    name,
    type,
    description,
    initial,
    parse: (visitor, object) => check(visitor.integer(name, range), object),
    print: value => value,
  });
}

interface IntegerOptions {
  readonly type?: string;
  readonly range?: IntegerRange;
  readonly description?: string;
  readonly check?: (value: bigint, object: ValuedObject) => bigint;
}

/** One of a fixed set of words. */
export function choiceValue<const T extends string>(
  name: string,
  type: string,
  values: readonly T[],
  initial: T,
  description?: string,
) {
  return new ValueProperty<T>({
    name,
    type,
    description,
    initial,
    parse: visitor => {
      const word = visitor.choice(name, values);
      return values.find(value => value === word) ?? initial;
    },
    print: value => value,
  });
}

/** Another object, which the user names by path; the empty text for none. */
export function linkValue(name: string, targetType: string, description?: string): ValueProperty<LinkTarget> {
  return new LinkValueProperty({
    name,
    type: `link<${targetType}>`,
    description,
    initial: undefined,
    parse: (visitor, object) => {
      const path = visitor.string(name);
      return path === '' ? undefined : resolveLink(rootOf(object), name, path, targetType);
    },
    print: target => target?.path ?? '',
  });
}

export type LinkTarget = QomObject | undefined;

class LinkValueProperty extends ValueProperty<LinkTarget> {
  target(object: QomObject): LinkTarget {
    return object instanceof ValuedObject ? object.value(this) : undefined;
  }
}
