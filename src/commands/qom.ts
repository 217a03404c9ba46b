import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import { createObject, removeObject } from '../objects/object-add.ts';
import { listProperties } from '../qom/listing-order.ts';
import type { QomObject } from '../qom/object.ts';
import { requirePath, resolvePath } from '../qom/path.ts';
import type { Property } from '../qom/property.ts';
import type { QomType } from '../qom/type.ts';
import { JsonVisitor } from '../qom/visitor.ts';
import type { CommandContext, CommandHandlers } from './context.ts';

export const qomCommands: CommandHandlers<
  'qom-list' | 'qom-get' | 'qom-set' | 'qom-list-types' | 'qom-list-properties' | 'object-add' | 'object-del'
> = {
  'qom-list': ({ machine }, { path }) => {
    if (resolvePath(machine.system, path) === 'ambiguous') throw new QmpError(`Path '${path}' is ambiguous`);
    return listProperties(requirePath(machine.system, path)).map(({ name, type }) => ({ name, type }));
  },
  'qom-get': (context, { path, property }) => objectAt(context, path).getProperty(property),
  'qom-set': (context, { path, property, value }) => {
    objectAt(context, path).setProperty(property, new JsonVisitor(value));
  },
  'qom-list-types': ({ machine }, { implements: wanted, abstract = false }) => {
    machine.system.types.loadAll();
    return [...machine.system.types.all()]
      .filter(type => (abstract || !type.abstract) && (wanted === undefined || type.isA(wanted)))
      .map(describeType);
  },
  'qom-list-properties': ({ machine }, { typename }) => {
    const type = machine.system.types.getLoaded(typename);
    if (type === undefined) throw new QmpError(`Class '${typename}' not found`, 'DeviceNotFound');
    if (!type.isA('object')) throw new QmpError("Parameter 'typename' expects a QOM type");
    return Array.from(propertiesOf(type), ({ name, type: typeName, description }) => ({
      name,
      type: typeName,
      ...(description === undefined ? {} : { description }),
    }));
  },
  'object-add': ({ machine }, { 'qom-type': type, id, ...properties }) => {
    const values = Object.entries(properties).flatMap(([name, value]: [string, JsonValue | undefined]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    createObject(machine.system, { type, id, properties: new Map(values) });
  },
  'object-del': ({ machine }, { id }) => removeObject(machine.system, id),
};

/** Of a concrete type also what only its instances have, such as the parts that they make for themselves. */
function propertiesOf(type: QomType): Iterable<Property> {
  if (type.abstract) return type.classProperties.values();
  return type.create?.(type).properties() ?? type.properties.values();
}

/** A path that fits several objects is to `qom-get` and `qom-set` as if there were none. */
function objectAt({ machine }: CommandContext, path: string): QomObject {
  return requirePath(machine.system, path);
}

function describeType({ name, abstract, parent }: QomType) {
  return {
    name,
    ...(abstract ? { abstract } : {}),
    ...(parent === undefined ? {} : { parent: parent.name }),
  };
}
