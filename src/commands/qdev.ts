import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import { Device } from '../qdev/device.ts';
import { addDevice } from '../qdev/device-add.ts';
import { removeDevice } from '../qdev/device-del.ts';
import type { Property } from '../qom/property.ts';
import type { CommandHandlers } from './context.ts';

/** Properties of every device that say nothing about how to configure one. */
const NOT_LISTED = new Set(['type', 'realized', 'hotpluggable', 'hotplugged', 'parent_bus']);

export const qdevCommands: CommandHandlers<'device-list-properties' | 'device_add' | 'device_del'> = {
  'device-list-properties': ({ machine }, { typename }) => {
    const type = machine.system.types.load(typename);
    if (type === undefined) throw new QmpError(`Device '${typename}' not found`, 'DeviceNotFound');
    if (!type.isA('device') || type.abstract) {
      throw new QmpError("Parameter 'typename' expects a non-abstract device type");
    }
    // Some properties exist only on instances: parts that a device makes for itself.
    const sample = type.create?.(type);
    const properties: Iterable<Property> =
      sample instanceof Device ? sample.properties() : type.properties.values();
    return [...properties]
      .filter(({ name }) => !NOT_LISTED.has(name) && !name.startsWith('legacy-'))
      .map(describeProperty);
  },
  device_add: ({ machine }, request) => {
    const options = Object.entries(request).flatMap(([name, value]): [string, JsonValue][] =>
      value === undefined ? [] : [[name, value]],
    );
    addDevice(machine.system, { typed: false, options });
  },
  device_del: ({ machine }, { id }) => removeDevice(machine.system, id),
};

export function describeProperty({ name, type, description, defaultValue }: Property) {
  return {
    name,
    type,
    ...(description === undefined ? {} : { description }),
    ...(defaultValue === undefined ? {} : { 'default-value': defaultValue }),
  };
}
