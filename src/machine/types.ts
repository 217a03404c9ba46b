import type { QomObject } from '../qom/object.ts';
import type { ClassData, QomType, TypeInfo } from '../qom/type.ts';
import { ValuedObject } from '../qom/values.ts';
import { NONE } from './none.ts';
import { MACHINE_PROPERTIES } from './properties.ts';

/** A machine as it is before anything is built: good for a look at its properties. */
export function sampleMachine(type: QomType): QomObject {
  const machine = new ValuedObject(type);
  for (const name of ['peripheral', 'peripheral-anon']) {
    machine.addChild(name, type.registry.create('container'));
  }
  return machine;
}

/** The machine without anything. @param data how machines of its architecture are made, for types that want to know */
export function noneType(data: ClassData): TypeInfo {
  return {
    name: 'none-machine',
    parent: 'machine',
    create: sampleMachine,
    class: { machine: NONE, ...data },
  };
}

/** What all machines are. */
export const MACHINE_TYPE: TypeInfo = {
  name: 'machine',
  parent: 'object',
  abstract: true,
  properties: MACHINE_PROPERTIES,
};
