import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import {
  bit,
  bool,
  int32,
  onOffAuto,
  QdevProperty,
  str,
  uint8,
  uint16,
  uint32,
  uint64,
} from '../qdev/properties.ts';
import type { QomObject } from '../qom/object.ts';
import type { Property } from '../qom/property.ts';
import { ValueProperty } from '../qom/values.ts';
import { INT64, type InputVisitor, JsonVisitor, UINT64 } from '../qom/visitor.ts';
import { factsOf, hasFeature, isKnownToTcg, type ModelFacts } from './cpu-facts.ts';
import { DEPENDENT_FEATURES, firstName } from './cpu-feature-rules.ts';
import { featureWords, missingWords } from './cpu-feature-words.ts';
import { CPU_FEATURES } from './cpu-features.ts';
import { LEVEL_PROPERTIES, settleLevels } from './cpu-levels.ts';
import { missingFeatures } from './cpu-missing.ts';

const UNSET = -1;
const VENDOR_LENGTH = 12;
const MODEL_ID_LENGTH = 48;
const BRANCH_RECORDS_MASK = 0x3fn;
const ALL_ONES = 0xffffffff;

/** Where a processor is, level by level. */
export const socketId = int32('socket-id', UNSET);
export const dieId = int32('die-id', UNSET);
export const coreId = int32('core-id', UNSET);
export const threadId = int32('thread-id', UNSET);
export const nodeId = int32('node-id', UNSET);
export const apicId = uint32('apic-id', ALL_ONES);
export const memoryLink = new LinkProperty('memory', 'memory-region');

const hypervName = str('hv-vendor-id');
const physBits = uint32('phys-bits', 0);
const microcode = uint64('ucode-rev', 0n);
const pmu = bool('pmu', false);

/** A processor of a model. */
export abstract class ModelledCpu extends Device {
  /** Whether TCG executes what it does, and cannot do all that the model says. */
  abstract readonly isEmulated: boolean;
  /** What it has for memory, unless the user says otherwise. */
  abstract readonly systemMemory: MemoryRegion;
}

/** Settles what the user left open, or asked for without what it needs. */
export function expand(processor: ModelledCpu): void {
  processor.setValue(memoryLink, processor.systemMemory);
  // What there is, a processor like the host's has.
  if (processor.type.isA('max-x86_64-cpu') && !processor.isSet(pmu)) processor.setValue(pmu, true);
  for (const [feature, dependents] of DEPENDENT_FEATURES) {
    if (processor.getProperty(feature) === true) continue;
    for (const name of dependents)
      if (processor.getProperty(name) === true) processor.setProperty(name, new JsonVisitor(false));
  }
  settleLevels(
    processor,
    FLAGS.filter(flag => flag.get(processor) === true).map(({ name }) => name),
  );
}

/** Fills in what the model says, once a processor is in service. */
export function settleNumbers(processor: ModelledCpu): void {
  expand(processor);
  if (processor.value(hypervName) === undefined) processor.setValue(hypervName, 'Microsoft Hv');
  const facts = factsOf(processor.type.name);
  processor.setValue(physBits, facts.physBits);
  processor.setValue(microcode, facts.revision);
}

/** What a processor has because of its model, unless the user says otherwise. */
function ofModel<T extends JsonValue>(
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
function changing<T>(cpu: QomObject, name: string, read: () => T): T {
  if (cpu instanceof Device) cpu.assertNotRealized(name);
  return read();
}

/** What only can be read. */
function fact(name: string, type: string, get: (cpu: QomObject) => JsonValue): Property {
  return { name, type, get };
}

const number = (name: string, maximum: bigint, usual: (facts: ModelFacts) => bigint | number) =>
  ofModel<bigint | number>(
    name,
    'int',
    (visitor, cpu) => {
      const value = visitor.integer(name, INT64);
      if (value >= 0n && value <= maximum) return value;
      throw new QmpError(
        `Property ${idOf(cpu)}.${name} doesn't take value ${value} (minimum: 0, maximum: ${maximum})`,
      );
    },
    cpu => usual(factsOf(cpu.type.name)),
  );
const vendor = ofModel(
  'vendor',
  'string',
  (visitor, cpu) => {
    const value = visitor.string('vendor');
    if (value.length !== VENDOR_LENGTH)
      throw new QmpError(`Property '${idOf(cpu)}.vendor' doesn't take value '${value}'`);
    return value;
  },
  cpu => factsOf(cpu.type.name).vendor,
);
const modelId = ofModel(
  'model-id',
  'string',
  visitor => visitor.string('model-id').slice(0, MODEL_ID_LENGTH),
  cpu => factsOf(cpu.type.name).modelId,
);
/** Hertz, kept in thousands of them. */
const tscFrequency = new ValueProperty<bigint>({
  name: 'tsc-frequency',
  type: 'int',
  initial: 0n,
  parse: (visitor, cpu) =>
    changing(cpu, 'tsc-frequency', () => {
      const value = visitor.integer('tsc-frequency', INT64);
      if (value >= 0n) return value / 1000n;
      throw new QmpError(
        `Property ${idOf(cpu)}.tsc-frequency doesn't take value ${value} (minimum: 0, maximum: ${INT64.maximum})`,
      );
    }),
  print: value => value * 1000n,
});
/** How records of branches look, which is for who set it to know. */
const branchRecords = new QdevProperty<bigint>({
  name: 'lbr-fmt',
  type: 'uint64',
  initial: 2n ** 64n - 1n - BRANCH_RECORDS_MASK,
  parse: visitor => {
    const value = visitor.integer('lbr-fmt', UINT64);
    if ((value & ~BRANCH_RECORDS_MASK) === 0n) return value;
    throw new QmpError(
      `Property value for 'lbr-fmt' has bits outside mask '0x${BRANCH_RECORDS_MASK.toString(16)}'`,
    );
  },
  print: value => value,
});

/** How messages name a processor. */
function idOf(cpu: QomObject): string {
  return cpu instanceof Device ? (cpu.id ?? '') : '';
}
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

/** The same feature by another name. */
function secondName(name: string): Property {
  const first = firstName(name);
  return {
    name,
    type: 'bool',
    get: cpu => cpu.getProperty(first),
    set: (cpu, visitor) => {
      const value = changing(cpu, name, () => visitor.bool(name));
      cpu.setProperty(first, new JsonVisitor(value));
    },
  };
}

function isEmulated(cpu: QomObject): boolean {
  return !(cpu instanceof ModelledCpu) || cpu.isEmulated;
}

function unavailable(cpu: QomObject): readonly string[] {
  return isEmulated(cpu) ? missingFeatures(cpu.type.name.replace(/-x86_64-cpu$/, '')) : [];
}

/** By their first names. */
const FLAGS = CPU_FEATURES.flatMap(([name]) => (firstName(name) === name ? [flag(name)] : []));

/** Paravirtual interfaces of Hyper-V. */
const HYPERV_FLAGS = [
  ...['hv-apicv', 'hv-avic', 'hv-crash', 'hv-emsr-bitmap', 'hv-evmcs', 'hv-frequencies', 'hv-ipi'],
  ...['hv-reenlightenment', 'hv-relaxed', 'hv-reset', 'hv-runtime', 'hv-stimer', 'hv-stimer-direct'],
  ...['hv-syndbg', 'hv-synic', 'hv-time', 'hv-tlbflush', 'hv-tlbflush-direct', 'hv-tlbflush-ext'],
  ...['hv-vapic', 'hv-vpindex', 'hv-xmm-input'],
];
const SWITCHED_ON = [
  ...['check', 'cpuid-0xb', 'fill-mtrr-mask', 'full-cpuid-auto-level', 'kvm', 'l3-cache', 'tcg-cpuid'],
  ...['vmware-cpuid-freq', 'x-intel-pt-auto-level', 'x-migrate-smi-count', 'x-vendor-cpuid-only'],
];
const SWITCHED_OFF = [
  ...['enforce', 'host-phys-bits', 'hv-enforce-cpuid', 'hv-passthrough', 'kvm-no-smi-migration'],
  ...['kvm-pv-enforce-cpuid', 'lmce', 'x-force-features', 'x-hv-synic-kvm-only'],
];

/** Properties of processors of any kind. */
export const ANY_CPU_PROPERTIES: readonly Property[] = [
  memoryLink,
  legacyText(memoryLink.name),
  new QdevProperty<boolean>({
    name: 'start-powered-off',
    type: 'bool',
    initial: false,
    parse: visitor => visitor.bool('start-powered-off'),
    print: value => value,
  }),
];

/** What a processor can do besides its model, if it is to be like that of the host. */
export const LIKE_HOST_PROPERTIES: readonly Property[] = [
  bool('migratable', true),
  bool('host-cache-info', false),
];

const ALL_PROPERTIES: readonly Property[] = [
  ...[socketId, dieId, coreId, threadId, nodeId, apicId],
  ...LEVEL_PROPERTIES,
  physBits,
  microcode,
  uint8('host-phys-bits-limit', 0),
  int32('x-hv-max-vps', UNSET),
  uint32('hv-spinlocks', ALL_ONES),
  hypervName,
  onOffAuto('hv-no-nonarch-coresharing', 'off'),
  uint32('hv-version-id-build', 14393),
  uint16('hv-version-id-major', 10),
  uint16('hv-version-id-minor', 0),
  uint32('hv-version-id-spack', 0),
  uint8('hv-version-id-sbranch', 0),
  uint32('hv-version-id-snumber', 0),
  ...HYPERV_FLAGS.map(name => bit(name, false)),
  ...SWITCHED_ON.map(name => bool(name, true)),
  ...SWITCHED_OFF.map(name => bool(name, false)),
  pmu,
  number('family', 270n, ({ family }) => family),
  number('model', 255n, ({ model }) => model),
  number('stepping', 15n, ({ stepping }) => stepping),
  vendor,
  modelId,
  tscFrequency,
  branchRecords,
  {
    name: 'lbr_fmt',
    type: 'uint64',
    get: cpu => branchRecords.get(cpu),
    set: (cpu, visitor) => branchRecords.set(cpu, visitor),
  },
  fact('unavailable-features', 'strList', unavailable),
  fact('feature-words', 'X86CPUFeatureWordInfo', cpu =>
    featureWords(name => cpu.getProperty(name) === true, unavailable(cpu), String(cpu.getProperty('vendor'))),
  ),
  fact('filtered-features', 'X86CPUFeatureWordInfo', cpu => missingWords(unavailable(cpu))),
  {
    name: 'crash-information',
    type: 'GuestPanicInformation',
    get: () => {
      throw new QmpError('No crash occurred');
    },
  },
  ...FLAGS,
  ...CPU_FEATURES.flatMap(([name]) => (firstName(name) === name ? [] : [secondName(name)])),
];

/** Names that QEMU gives to each processor rather than to their class: mostly second names of others. */
const SECOND_NAMES: ReadonlySet<string> = new Set([
  ...['feature-words', 'filtered-features', 'hv-apicv'],
  ...['ffxsr', 'i64', 'pclmuldq', 'sse3', 'sse4-1', 'sse4-2', 'xd'],
]);

function isSecondName(name: string): boolean {
  return name.includes('_') || SECOND_NAMES.has(name);
}

/** What makes a model the same everywhere: features by their first names, and who and what it says it is. */
export const MODEL_PROPERTIES: readonly string[] = [
  ...['family', 'model', 'stepping', 'vendor', 'model-id', 'min-level', 'min-xlevel', 'lmce'],
  ...FLAGS.map(({ name }) => name).filter(name => name !== 'legacy-cache'),
];

export const CPU_PROPERTIES = ALL_PROPERTIES.filter(({ name }) => !isSecondName(name));
export const CPU_INSTANCE_PROPERTIES = ALL_PROPERTIES.filter(({ name }) => isSecondName(name));
