import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import type { QomObject } from '../qom/object.ts';
import { resolveLink, rootOf } from '../qom/path.ts';
import { linkProperty, type Property } from '../qom/property.ts';
import type { Valued } from '../qom/values.ts';
import type { InputVisitor } from '../qom/visitor.ts';
import { Device } from './device.ts';

/**
 * A device property that names another object, which the user chooses by id or path until the device is realized.
 * QEMU cannot print links, and leaves them out of `info qtree`.
 */
export class LinkProperty implements Valued<QomObject | undefined> {
  readonly type: string;
  readonly initial: QomObject | undefined = undefined;
  readonly description?: string;

  constructor(
    readonly name: string,
    /** The type or interface that the other object must have. */
    private readonly targetType: string,
    description?: string,
  ) {
    if (description !== undefined) this.description = description;
    this.type = `link<${targetType}>`;
  }

  target(object: QomObject): QomObject | undefined {
    return object instanceof Device ? object.value(this) : undefined;
  }

  get(object: QomObject): JsonValue {
    return this.target(object)?.path ?? '';
  }

  set(object: QomObject, visitor: InputVisitor): void {
    if (!(object instanceof Device)) return;
    const target = readLink(object, visitor, this.name, this.targetType);
    if (object.realized) throw tooLate(object, this.name);
    object.setValue(this, target);
  }
}

/** A link of a board's own device, realized before a client could change it. */
export function boardLink(name: string, targetType: string, target: () => QomObject): Property {
  return {
    ...linkProperty(name, targetType, target),
    set: (object, visitor) => {
      readLink(object, visitor, name, targetType);
      throw tooLate(object, name);
    },
  };
}

/** @throws QmpError unless what the client names is there and of this type */
function readLink(
  object: QomObject,
  visitor: InputVisitor,
  name: string,
  targetType: string,
): QomObject | undefined {
  const path = visitor.string(name);
  return path === '' ? undefined : resolveLink(rootOf(object), name, path, targetType);
}

function tooLate(object: QomObject, name: string): QmpError {
  const id = object instanceof Device ? object.id : undefined;
  return new QmpError(
    `Attempt to set link property '${name}' on device '${id ?? '(null)'}' (type '${object.type.name}') after it was realized`,
  );
}

/** QEMU lists such a property once more as text, which can be neither read nor written. */
export function legacyText(name: string): Property {
  return { name: `legacy-${name}`, type: 'str' };
}

/**
 * A link of one object that a client may lead elsewhere, which changes nothing but what it shows: a device that it leads
 * to is not quite gone before it leads to another one.
 */
export function movableLink(name: string, targetType: string, initial: QomObject | undefined): Property {
  let target = initial;
  let letGo = () => {};
  if (initial instanceof Device)
    initial.onFinalize(() => {
      if (target === initial) target = undefined;
    });
  return {
    ...linkProperty(name, targetType, () => target),
    get: object => (target?.parent === undefined && target !== rootOf(object) ? '' : target.path),
    set: (object, visitor) => {
      const next = readLink(object, visitor, name, targetType);
      letGo();
      target = next;
      letGo = next instanceof Device ? next.keep() : () => {};
    },
  };
}

/** A link nobody can set here: what it leads to does not exist in this simulator. */
export function emptyLink(name: string, targetType: string): Property {
  return { name, type: `link<${targetType}>`, target: () => undefined, get: (): JsonValue => '' };
}
