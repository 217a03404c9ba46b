import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import type { QomObject } from '../qom/object.ts';
import { resolveLink, rootOf } from '../qom/path.ts';
import type { Property } from '../qom/property.ts';
import type { Valued } from '../qom/values.ts';
import type { InputVisitor } from '../qom/visitor.ts';
import { Device } from './device.ts';

/** A device property that names another object, which the user chooses by path until the device is realized. */
export class LinkProperty implements Valued<QomObject | undefined> {
  readonly type: string;
  readonly initial: QomObject | undefined = undefined;

  constructor(
    readonly name: string,
    /** The type or interface that the other object must have. */
    private readonly targetType: string,
  ) {
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
    const path = visitor.string(this.name);
    const target = path === '' ? undefined : resolveLink(rootOf(object), this.name, path, this.targetType);
    if (object.realized) {
      throw new QmpError(
        `Attempt to set link property '${this.name}' on device '${object.id ?? '(null)'}' (type '${object.type.name}') after it was realized`,
      );
    }
    object.setValue(this, target);
  }
}

/** A link under a second name that QEMU lists, but that can be neither read nor written. */
export function legacyLink({ name }: Property): Property {
  return { name: `legacy-${name}`, type: 'str' };
}
