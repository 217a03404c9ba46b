import type { QomObject } from '../qom/object.ts';
import type { Property } from '../qom/property.ts';
import { ValueProperty } from '../qom/values.ts';
import { JsonVisitor } from '../qom/visitor.ts';
import { factsOf, hasFeature, isKnownToTcg } from './cpu-facts.ts';
import { DEPENDENT_FEATURES, firstName } from './cpu-feature-rules.ts';
import { inOrder } from './cpu-feature-words.ts';
import { CPU_FEATURES } from './cpu-features.ts';
import { changing, isEmulated, ModelledCpu } from './modelled-cpu.ts';

/** A feature. TCG drops those that it does not know. */
const flag = (name: string): ValueProperty<boolean | undefined> =>
  new ValueProperty<boolean | undefined>({
    name,
    type: 'bool',
    initial: undefined,
    parse: (visitor, cpu) => changing(cpu, name, () => visitor.bool(name)),
    print: (value, cpu) => {
      if (value === undefined) return hasFeature(factsOf(cpu.type.name), name, isEmulated(cpu));
      return value && (!isEmulated(cpu) || isKnownToTcg(name));
    },
  });

/** The same by another name, which a value that is none is told of; what else is wrong is said of the first. */
export function secondName(name: string, first: string): Property {
  return {
    name,
    type: 'bool',
    get: cpu => cpu.getProperty(first),
    set: (cpu, visitor) => {
      const value = changing(cpu, first, () => visitor.bool(name));
      cpu.setProperty(first, new JsonVisitor(value));
    },
  };
}

/** What a processor was to have, and has not, in QEMU's order. */
export function unavailable(cpu: QomObject): readonly string[] {
  if (!(cpu instanceof ModelledCpu)) return missingFeatures(cpu.type.name);
  return inOrder([...(cpu.isEmulated ? wantedBy(cpu).filter(isUnknownToTcg) : []), ...cpu.withheld]);
}

/** What TCG cannot do of what processors of a type have, in QEMU's order. */
export function missingFeatures(type: string): readonly string[] {
  const facts = factsOf(type);
  const has = (name: string) => hasFeature(facts, name, false);
  const hidden = new Set(DEPENDENT_FEATURES.flatMap(([name, dependents]) => (has(name) ? [] : dependents)));
  const names = FLAGS.map(({ name }) => name).filter(name => has(name) && !hidden.has(name));
  return inOrder(names.filter(isUnknownToTcg));
}

function isUnknownToTcg(name: string): boolean {
  return !isKnownToTcg(name) && name !== 'legacy-cache';
}

/** What a processor is to have, whoever executes it. */
export function wantedBy(cpu: ModelledCpu): readonly string[] {
  const facts = factsOf(cpu.type.name);
  return FLAGS.filter(flag => cpu.value(flag) ?? hasFeature(facts, flag.name, false)).map(({ name }) => name);
}

/** Settles a feature that the user may have asked for. */
export function withhold(cpu: ModelledCpu, name: string): void {
  const flag = FLAGS_BY_NAME.get(name);
  if (flag === undefined) return;
  if (cpu.value(flag) === true) cpu.withheld.add(name);
  cpu.setValue(flag, false);
}

/** By their first names. */
export const FLAGS = CPU_FEATURES.flatMap(([name]) => (firstName(name) === name ? [flag(name)] : []));

const FLAGS_BY_NAME = new Map(FLAGS.map(flag => [flag.name, flag]));

export const SECOND_FLAGS = CPU_FEATURES.flatMap(([name]) =>
  firstName(name) === name ? [] : [secondName(name, firstName(name))],
);
