import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import type { QomObject } from '../qom/object.ts';
import { resolvePath } from '../qom/path.ts';
import type { Property } from '../qom/property.ts';
import type { InputVisitor } from '../qom/visitor.ts';
import { Device } from './device.ts';
import { QdevProperty } from './properties.ts';

/** A property by which a user names another object, by id or path. */
export class LinkProperty extends QdevProperty<QomObject | undefined> {
  constructor(
    name: string,
    /** The type that the object must have. */
    readonly targetType: string,
    description?: string,
  ) {
    super({
      name,
      type: `link<${targetType}>`,
      description,
      initial: undefined,
      // QEMU cannot print links, and leaves them out.
      isStatic: false,
      parse: (visitor, device) => findTarget(visitor, device, name, targetType),
      print: target => target?.path ?? '',
    });
  }

  target(object: QomObject): QomObject | undefined {
    return object instanceof Device ? object.value(this) : undefined;
  }
}

function findTarget(
  visitor: InputVisitor,
  device: Device,
  name: string,
  targetType: string,
): QomObject | undefined {
  const path = visitor.string(name);
  if (path === '') return undefined;
  const found = resolvePath(device.system, path);
  if (found === 'ambiguous') throw new QmpError(`Path '${path}' does not uniquely identify an object`);
  if (found === undefined) throw new QmpError(`Device '${path}' not found`, 'DeviceNotFound');
  if (!found.type.isA(targetType))
    throw new QmpError(`Invalid parameter type for '${name}', expected: ${targetType}`);
  return found;
}

/** QEMU lists such a property once more as text, which can be neither read nor written. */
export function legacyText(name: string): Property {
  return { name: `legacy-${name}`, type: 'str' };
}

/** A link nobody can set here: what it leads to does not exist in this simulator. */
export function emptyLink(name: string, targetType: string): Property {
  return { name, type: `link<${targetType}>`, target: () => undefined, get: (): JsonValue => '' };
}
