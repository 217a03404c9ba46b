import type { JsonValue } from '../base/json.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
import type { QomObject } from '../qom/object.ts';
import type { Property } from '../qom/property.ts';
import { ValueProperty } from '../qom/values.ts';
import type { InputVisitor } from '../qom/visitor.ts';

/** A processor of a model. */
export abstract class ModelledCpu extends Device {
  /** Whether TCG executes what it does, and cannot do all that the model says. */
  abstract readonly isEmulated: boolean;
  /** Whether KVM executes it. */
  abstract readonly hasKvm: boolean;
  /** Features that were asked for without others that they take. */
  readonly withheld = new Set<string>();
  /** What it has for memory, unless the user says otherwise. */
  abstract readonly systemMemory: MemoryRegion;
}

/** What a processor has because of its model, unless the user says otherwise. */
export function ofModel<T extends JsonValue>(
  name: string,
  type: string,
  parse: (visitor: InputVisitor, cpu: QomObject) => T,
  usual: (cpu: QomObject) => T,
): Property {
  const property: ValueProperty<T | undefined> = new ValueProperty<T | undefined>({
    name,
    type,
    initial: undefined,
    parse: (visitor, cpu) => changing(cpu, name, () => parse(visitor, cpu)),
    print: (value, object) => value ?? usual(object),
  });
  return property;
}

/** @throws QmpError once the processor is in service */
export function changing<T>(cpu: QomObject, name: string, read: () => T): T {
  if (cpu instanceof Device) cpu.assertNotRealized(name);
  return read();
}

/** Whether it is TCG that executes what a processor does. */
export function isEmulated(cpu: QomObject): boolean {
  return !(cpu instanceof ModelledCpu) || cpu.isEmulated;
}
