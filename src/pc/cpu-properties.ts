import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
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
import { factsOf } from './cpu-facts.ts';
import { DEPENDENT_FEATURES } from './cpu-feature-rules.ts';
import { describeFeature, featureWords, inOrder, missingWords } from './cpu-feature-words.ts';
import { FLAGS, SECOND_FLAGS, secondName, unavailable, wantedBy, withhold } from './cpu-flags.ts';
import { IDENTITY_PROPERTIES } from './cpu-identity.ts';
import { LEVEL_PROPERTIES, settleLevels } from './cpu-levels.ts';
import type { ModelledCpu } from './modelled-cpu.ts';

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

const hypervName = str('hv-vendor-id');
const physBits = uint32('phys-bits', 0);
const microcode = uint64('ucode-rev', 0n);
const pmu = bool('pmu', false);

/** Settles what the user left open, or asked for without what it takes. */
export function expand(processor: ModelledCpu): void {
  processor.setValue(memoryLink, processor.systemMemory);
  // What there is, a processor like the host's has.
  if (processor.type.isA('max-x86_64-cpu') && !processor.isSet(pmu)) processor.setValue(pmu, true);
  if (!processor.hasKvm) {
    for (const flag of FLAGS) if (OF_KVM.test(flag.name)) processor.setValue(flag, false);
  }
  const wanted = new Set(wantedBy(processor));
  for (const [feature, dependents] of DEPENDENT_FEATURES) {
    if (wanted.has(feature)) continue;
    for (const name of dependents) if (wanted.delete(name)) withhold(processor, name);
  }
  settleLevels(processor, [...wanted]);
}

/** What only KVM offers to guests. */
const OF_KVM = /^kvm(-|clock)/;

/**
 * Says what a processor that has been settled was to have, and has not, unless the user does not want to know.
 * @throws QmpError if the user wants all or nothing
 */
export function checkFeatures(processor: ModelledCpu): void {
  const { report } = processor.system;
  for (const name of inOrder([...processor.withheld]))
    report(
      `warning: This feature depends on other features that were not requested: ${describeFeature(name)}`,
    );
  const missing = unavailable(processor).filter(name => !processor.withheld.has(name));
  if (missing.length === 0) return;
  const isEnforced = processor.getProperty('enforce') === true;
  if (isEnforced || processor.getProperty('check') === true) {
    for (const name of missing)
      report(`warning: TCG doesn't support requested feature: ${describeFeature(name)}`);
  }
  if (isEnforced) throw new QmpError("TCG doesn't support requested features");
}

/** Fills in what the model says, once a processor is in service. */
export function settleNumbers(processor: ModelledCpu): void {
  expand(processor);
  if (processor.value(hypervName) === undefined) processor.setValue(hypervName, 'Microsoft Hv');
  const facts = factsOf(processor.type.name);
  processor.setValue(physBits, facts.physBits);
  processor.setValue(microcode, facts.revision);
}

/** What only can be read. */
function fact(name: string, type: string, get: (cpu: QomObject) => JsonValue): Property {
  return { name, type, get };
}

/** Paravirtual interfaces of Hyper-V. */
const HYPERV_FLAGS = [
  ...['hv-avic', 'hv-crash', 'hv-emsr-bitmap', 'hv-evmcs', 'hv-frequencies', 'hv-ipi'],
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
  { ...secondName('hv-apicv', 'hv-avic'), description: 'on/off', defaultValue: false },
  ...SWITCHED_ON.map(name => bool(name, true)),
  ...SWITCHED_OFF.map(name => bool(name, false)),
  pmu,
  ...IDENTITY_PROPERTIES,
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
  ...SECOND_FLAGS,
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
