import { QmpError } from '../base/errors.ts';
import type { QomType, TypeRegistry } from '../qom/type.ts';
import { propertyList } from './device-help.ts';

/** The class's properties that can be set. */
export function classHelp(type: QomType): string {
  const properties = [...type.classProperties.values()].filter(property => property.set !== undefined);
  return propertyList(
    type.name,
    properties.map(({ name, type: typeName, description }) => ({ name, type: typeName, description })),
  );
}

/** Types of objects that a user may create. */
export function creatableTypes(types: TypeRegistry): readonly string[] {
  const creatable = [...types.all()].filter(type => type.isA('user-creatable') && !type.abstract);
  return creatable.map(({ name }) => name).sort();
}

/** What `object_add help` and `-object help` print. */
export function listCreatable(types: TypeRegistry): string {
  const names = creatableTypes(types).map(name => `  ${name}\n`);
  return `List of user creatable objects:\n${names.join('')}`;
}

/** The same about one of them. @throws QmpError */
export function creatableHelp(types: TypeRegistry, name: string): string {
  const type = types.get(name);
  if (type?.isA('user-creatable') !== true)
    throw new QmpError(`Parameter 'qom-type' does not accept value '${name}'`);
  return classHelp(type);
}
