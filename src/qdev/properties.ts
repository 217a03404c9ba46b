import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import type { QomObject } from '../qom/object.ts';
import type { Valued } from '../qom/values.ts';
import {
  INT32,
  INT64,
  type InputVisitor,
  type IntegerRange,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
} from '../qom/visitor.ts';
import { Device } from './device.ts';

interface Definition<T> {
  readonly name: string;
  readonly type: string;
  readonly description?: string | undefined;
  /** The value of a device for which it was not set. */
  readonly initial: T;
  /** As in `device-list-properties`; QEMU states none for strings and other pointers. */
  readonly defaultValue?: JsonValue | undefined;
  /** May be changed in a device that is in service. */
  readonly alwaysWritable?: boolean;
  parse(visitor: InputVisitor, device: Device): T;
  print(value: T): JsonValue;
  /** False for a property that QEMU adds to each instance rather than to the class. */
  readonly isStatic?: boolean;
}

/** A device property: declared once, as data; each device holds its own value until it is realized. */
export class QdevProperty<T> implements Valued<T> {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly initial: T;
  readonly defaultValue?: JsonValue;
  readonly isStatic: boolean;
  readonly #definition: Definition<T>;

  constructor(definition: Definition<T>) {
    this.name = definition.name;
    this.type = definition.type;
    this.initial = definition.initial;
    this.isStatic = definition.isStatic ?? true;
    if (definition.description !== undefined) this.description = definition.description;
    if (definition.defaultValue !== undefined) this.defaultValue = definition.defaultValue;
    this.#definition = definition;
  }

  get(object: QomObject): JsonValue {
    return object instanceof Device ? this.#definition.print(object.value(this)) : null;
  }

  set(object: QomObject, visitor: InputVisitor): void {
    if (!(object instanceof Device)) return;
    if (this.#definition.alwaysWritable !== true) object.assertNotRealized(this.name);
    object.setValue(this, this.#definition.parse(visitor, object));
  }
}

const ON_OFF = 'on/off';

/** A flag in a device's feature word: QEMU describes these as `on/off`. */
export function bit(
  name: string,
  initial: boolean,
  description: string | undefined = ON_OFF,
): QdevProperty<boolean> {
  return new QdevProperty({
    name,
    type: 'bool',
    description,
    initial,
    defaultValue: initial,
    parse: visitor => visitor.bool(name),
    print: value => value,
  });
}

/** A plain boolean. */
export function bool(name: string, initial: boolean, description?: string): QdevProperty<boolean> {
  return new QdevProperty({
    name,
    type: 'bool',
    description,
    initial,
    defaultValue: initial,
    parse: visitor => visitor.bool(name),
    print: value => value,
  });
}

function integer(type: string, range: IntegerRange) {
  return (name: string, initial: number, description?: string): QdevProperty<number> =>
    new QdevProperty({
      name,
      type,
      description,
      initial,
      defaultValue: initial,
      parse: visitor => Number(visitor.integer(name, range)),
      print: value => value,
    });
}

export const uint8 = integer('uint8', UINT8);
export const uint16 = integer('uint16', UINT16);
export const uint32 = integer('uint32', UINT32);
export const int32 = integer('int32', INT32);

function wideInteger(type: string, range: IntegerRange) {
  return (name: string, initial: bigint, description?: string): QdevProperty<bigint> =>
    new QdevProperty({
      name,
      type,
      description,
      initial,
      defaultValue: initial,
      parse: visitor => visitor.integer(name, range),
      print: value => value,
    });
}

export const uint64 = wideInteger('uint64', UINT64);
export const int64 = wideInteger('int64', INT64);

/** Bytes, with suffixes where given as text. */
export function size(name: string, initial: bigint, description?: string): QdevProperty<bigint> {
  return new QdevProperty({
    name,
    type: 'size',
    description,
    initial,
    defaultValue: initial,
    parse: visitor => visitor.size(name),
    print: value => value,
  });
}

/** Text; not set reads as empty. */
export function str(name: string, description?: string): QdevProperty<string | undefined> {
  return new QdevProperty<string | undefined>({
    name,
    type: 'str',
    description,
    initial: undefined,
    parse: visitor => visitor.string(name),
    print: value => value ?? '',
  });
}

/** One of a fixed set of words. @param description null for none */
export function choice<const T extends string>(
  name: string,
  type: string,
  values: readonly T[],
  initial: T,
  description: string | null = values.join('/'),
): QdevProperty<T> {
  return new QdevProperty<T>({
    name,
    type,
    description: description ?? undefined,
    initial,
    defaultValue: initial,
    parse: visitor => {
      const word = visitor.choice(name, values);
      return values.find(value => value === word) ?? initial;
    },
    print: value => value,
  });
}

export type OnOffAuto = 'on' | 'off' | 'auto';

export function onOffAuto(name: string, initial: OnOffAuto): QdevProperty<OnOffAuto> {
  return choice<OnOffAuto>(name, 'OnOffAuto', ['auto', 'on', 'off'], initial, 'on/off/auto');
}

/** `Property 'e1000.mac' doesn't take value 'zz'` */
export function badValue(device: Device, property: string, text: string): QmpError {
  return new QmpError(`Property '${device.type.name}.${property}' doesn't take value '${text}'`);
}

/** `Property 'e1000.netdev' can't find value 'nosuch'` */
export function notFound(device: Device, property: string, text: string): QmpError {
  return new QmpError(`Property '${device.type.name}.${property}' can't find value '${text}'`);
}
