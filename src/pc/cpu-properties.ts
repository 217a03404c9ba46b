import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
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
import { INT64, type InputVisitor } from '../qom/visitor.ts';
import { factsOf, hasFeature, type ModelFacts } from './cpu-facts.ts';
import { featureWords, missingWords } from './cpu-feature-words.ts';
import { CPU_FEATURES } from './cpu-features.ts';
import { missingFeatures } from './cpu-missing.ts';

const UNSET = -1;
const ALL_ONES = 0xffffffff;

/** Where a processor is, level by level. */
export const socketId = int32('socket-id', UNSET);
export const dieId = int32('die-id', UNSET);
export const coreId = int32('core-id', UNSET);
export const threadId = int32('thread-id', UNSET);
export const nodeId = int32('node-id', UNSET);
export const apicId = uint32('apic-id', ALL_ONES);
export const memoryLink = new LinkProperty('memory', 'memory-region');

const minLevel = uint32('min-level', 0);
const minXlevel = uint32('min-xlevel', 0);
const level = uint32('level', ALL_ONES);
const levelFunc7 = uint32('level-func7', ALL_ONES);
const xlevel = uint32('xlevel', ALL_ONES);
const xlevel2 = uint32('xlevel2', ALL_ONES);
const hypervName = str('hv-vendor-id');
const physBits = uint32('phys-bits', 0);
const microcode = uint64('ucode-rev', 0n);
const pmu = bool('pmu', false);

/** A processor of a model. */
export abstract class ModelledCpu extends Device {
  /** Whether TCG executes what it does, and cannot do all that the model says. */
  abstract readonly isEmulated: boolean;
}

/** Fills in what the model says, once a processor is in service. */
export function settleNumbers(processor: Device): void {
  if (processor.value(hypervName) === undefined) processor.setValue(hypervName, 'Microsoft Hv');
  const facts = factsOf(processor.type.name);
  const leaves = processor.isSet(minLevel) ? processor.value(minLevel) : facts.level;
  for (const property of [minLevel, level]) processor.setValue(property, leaves);
  for (const property of [minXlevel, xlevel]) processor.setValue(property, facts.xlevel);
  processor.setValue(levelFunc7, facts.levelFunc7);
  processor.setValue(xlevel2, 0);
  processor.setValue(physBits, facts.physBits);
  processor.setValue(microcode, facts.revision);
  // What there is, a processor like the host's has.
  if (processor.type.isA('max-x86_64-cpu') && !processor.isSet(pmu)) processor.setValue(pmu, true);
}

/** What a processor has because of its model, unless the user says otherwise. */
function ofModel<T extends JsonValue>(
  name: string,
  type: string,
  parse: (visitor: InputVisitor) => T,
  usual: (cpu: QomObject) => T,
): Property {
  const property: ValueProperty<T | undefined> = new ValueProperty<T | undefined>({
    name,
    type,
    initial: undefined,
    parse: (visitor, object) => {
      if (object instanceof Device) object.assertNotRealized(name);
      return parse(visitor);
    },
    print: (value, object) => value ?? usual(object),
  });
  return property;
}

/** What only can be read. */
function fact(name: string, type: string, get: (cpu: QomObject) => JsonValue): Property {
  return { name, type, get };
}

const number = (name: string, usual: (facts: ModelFacts) => number) =>
  ofModel(
    name,
    'int',
    visitor => Number(visitor.integer(name, INT64)),
    cpu => usual(factsOf(cpu.type.name)),
  );
const text = (name: string, usual: (facts: ModelFacts) => string) =>
  ofModel(
    name,
    'string',
    visitor => visitor.string(name),
    cpu => usual(factsOf(cpu.type.name)),
  );
const flag = (name: string) =>
  ofModel(
    name,
    'bool',
    visitor => visitor.bool(name),
    cpu => hasFeature(factsOf(cpu.type.name), name, isEmulated(cpu)),
  );

function isEmulated(cpu: QomObject): boolean {
  return !(cpu instanceof ModelledCpu) || cpu.isEmulated;
}

function unavailable(cpu: QomObject): readonly string[] {
  return isEmulated(cpu) ? missingFeatures(cpu.type.name.replace(/-x86_64-cpu$/, '')) : [];
}

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
  ...[minLevel, minXlevel, level, levelFunc7, xlevel, xlevel2, physBits, microcode],
  uint32('min-xlevel2', 0),
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
  number('family', ({ family }) => family),
  number('model', ({ model }) => model),
  number('stepping', ({ stepping }) => stepping),
  text('vendor', ({ vendor }) => vendor),
  text('model-id', ({ modelId }) => modelId),
  number('tsc-frequency', () => 0),
  fact('lbr-fmt', 'uint64', () => 0xffffffffffffffc0n),
  fact('lbr_fmt', 'uint64', () => 0xffffffffffffffc0n),
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
  ...CPU_FEATURES.map(([name]) => flag(name)),
];

/** Names that QEMU gives to each processor rather than to their class: mostly second names of others. */
const SECOND_NAMES: ReadonlySet<string> = new Set([
  ...['feature-words', 'filtered-features', 'hv-apicv'],
  ...['ffxsr', 'i64', 'pclmuldq', 'sse3', 'sse4-1', 'sse4-2', 'xd'],
]);

function isOfInstance({ name }: Property): boolean {
  return name.includes('_') || SECOND_NAMES.has(name);
}

export const CPU_PROPERTIES = ALL_PROPERTIES.filter(property => !isOfInstance(property));
export const CPU_INSTANCE_PROPERTIES = ALL_PROPERTIES.filter(isOfInstance);
