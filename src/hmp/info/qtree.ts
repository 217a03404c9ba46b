import { QmpError } from '../../base/errors.ts';
import type { Bus } from '../../qdev/bus.ts';
import type { Device } from '../../qdev/device.ts';
import type { QomType } from '../../qom/type.ts';
import { command } from '../command.ts';
import { humanValue } from './human-value.ts';

export const infoQtree = command({
  name: 'qtree',
  help: 'show device tree',
  run: ({ machine, print }) => print(`${[...busLines(machine.system.mainBus, '')].join('\n')}\n`),
});

function* busLines(bus: Bus, indent: string): Generator<string> {
  yield `${indent}bus: ${bus.busName}`;
  yield `${indent}  type ${bus.type.name}`;
  for (const device of bus.devices) yield* deviceLines(device, `${indent}  `);
}

function* deviceLines(device: Device, indent: string): Generator<string> {
  yield `${indent}dev: ${device.type.name}, id "${device.id ?? ''}"`;
  const inner = `${indent}  `;
  for (const { name, inputs, outputs } of device.type.class.lines ?? []) {
    if (inputs !== undefined) yield `${inner}gpio-in "${name}" ${inputs}`;
    if (outputs !== undefined) yield `${inner}gpio-out "${name}" ${outputs}`;
  }
  for (let type: QomType | undefined = device.type; type !== undefined; type = type.parent)
    yield* propertyLines(device, type, inner);
  for (const line of device.details) yield inner + line;
  for (const bus of [...device.childBuses].reverse()) yield* busLines(bus, inner);
}

/** Properties that a type adds to its parent's. One that cannot be read now is left out. */
function* propertyLines(device: Device, type: QomType, indent: string): Generator<string> {
  for (const property of type.info.properties ?? []) {
    if (property.isStatic !== true) continue;
    const { name } = property;
    try {
      // A property with a form for display has that as another property.
      const shown = device.property(`legacy-${name}`)?.get?.(device);
      const value = device.getProperty(name);
      yield `${indent}${name} = ${typeof shown === 'string' ? shown : humanValue(property.type, value)}`;
    } catch (error) {
      if (!(error instanceof QmpError)) throw error;
    }
  }
}
