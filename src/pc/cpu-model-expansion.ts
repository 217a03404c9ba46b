import { QmpError } from '../base/errors.ts';
import { isJsonObject, type JsonValue } from '../base/json.ts';
import type { CpuModelExpansionInfo, CpuModelExpansionType, CpuModelInfo } from '../generated/types.ts';
import type { Machine } from '../machine/machine.ts';
import { applyGlobals, type QomType } from '../qom/type.ts';
import { JsonVisitor } from '../qom/visitor.ts';
import { cpuType } from './cpu.ts';
import { expand, MODEL_PROPERTIES } from './cpu-properties.ts';
import { ModelledCpu } from './modelled-cpu.ts';

/** What every model can be described from. */
const BASE = 'base';

/** A processor that is only talked about: nothing is taken off it because of who would execute it. */
class PromisedCpu extends ModelledCpu {
  override readonly isEmulated = false;

  constructor(
    type: QomType,
    private readonly machine: Machine,
  ) {
    super(type);
  }

  override get hasKvm() {
    return this.machine.accelerator === 'kvm';
  }

  override get systemMemory() {
    return this.machine.systemMemory;
  }
}

/**
 * A model with the values of its properties, as a processor of it would have them.
 * @throws QmpError if there is no such model, or it cannot have these properties
 */
export function expandCpuModel(
  machine: Machine,
  kind: CpuModelExpansionType,
  { name, props }: CpuModelInfo,
): CpuModelExpansionInfo {
  const type = machine.type.registry.get(cpuType(name));
  if (type === undefined) throw new QmpError(`CPU model '${name}' not found`);
  const processor = applyGlobals(new PromisedCpu(type, machine));
  for (const [property, value] of Object.entries(isJsonObject(props) ? props : {}))
    if (value !== undefined) processor.setProperty(property, new JsonVisitor(value));
  expand(processor);
  if (kind === 'full') return { model: { name, props: valuesOf(processor, writable(processor)) } };
  return { model: { name: BASE, props: valuesOf(processor, MODEL_PROPERTIES) } };
}

/** Names of all properties that somebody could set. */
function writable(processor: ModelledCpu): readonly string[] {
  return [...processor.properties()].filter(({ set }) => set !== undefined).map(({ name }) => name);
}

function valuesOf(processor: ModelledCpu, names: readonly string[]): Record<string, JsonValue> {
  return Object.fromEntries(names.map(name => [name, processor.getProperty(name)]));
}
