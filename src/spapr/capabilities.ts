import { QmpError } from '../base/errors.ts';
import { boolValue, integerValue, textValue, type ValuedObject, type ValueProperty } from '../qom/values.ts';
import { UINT64 } from '../qom/visitor.ts';
import type { CpuModel } from './cpu-models.ts';

/** A feature of the platform that the machine promises to its guest, whatever host it moves to. */
interface Capability<T> {
  readonly property: ValueProperty<T>;
  /** The value where the user leaves it open. */
  default(model: CpuModel): T;
  /** @returns what to warn of where TCG cannot keep the promise. @throws QmpError where it must */
  underTcg?(value: T): string | undefined;
}

function flag(
  name: string,
  description: string,
  initial: (model: CpuModel) => boolean,
  underTcg?: (value: boolean) => string | undefined,
): Capability<boolean> {
  const property = boolValue(name, false, description);
  return underTcg === undefined ? { property, default: initial } : { property, default: initial, underTcg };
}

function mode(
  name: string,
  description: string,
  words: readonly string[],
  initial: (model: CpuModel) => string,
): Capability<string> {
  const property = textValue(
    name,
    'broken',
    `${description} (${words.join(', ')})`.replace('ibs, ', 'ibs,'),
    text => {
      const word = words.find(each => each === text.toLowerCase());
      if (word === undefined) throw new QmpError(`Invalid capability mode "${text}" for ${name}`);
      return word;
    },
  );
  return {
    property,
    default: initial,
    underTcg: value => (value === 'broken' ? undefined : unsupported(name, value)),
  };
}

function unsupported(name: string, value: string): string {
  return `TCG doesn't support requested feature, ${name}=${value}`;
}

const MITIGATION = ['broken', 'workaround', 'fixed'] as const;
const IBS = ['broken', 'workaround', 'fixed-ibs', 'fixed-ccd', 'fixed-na'] as const;
const DEFAULT_HPT_PAGE = 0x10000n;
const MIN_HPT_PAGE = 4096n;

const hptMaxPageSize: Capability<bigint> = {
  property: integerValue('cap-hpt-max-page-size', DEFAULT_HPT_PAGE, {
    range: UINT64,
    description: 'Maximum page size for Hash Page Table guests',
    check: value => {
      if (value === 0n || (value & (value - 1n)) !== 0n)
        throw new QmpError('cap-hpt-max-page-size must be a power of 2');
      return value;
    },
  }),
  default: () => DEFAULT_HPT_PAGE,
  underTcg: value => {
    if (value < MIN_HPT_PAGE) throw new QmpError('Require at least 4kiB hpt-max-page-size');
    return undefined;
  },
};

/** In the order in which QEMU checks them. Levels of the architecture: 206 is 2.06 (POWER7), 300 is 3.0 (POWER9). */
const CAPABILITIES = [
  flag(
    'cap-htm',
    'Allow Hardware Transactional Memory (HTM)',
    () => false,
    value => {
      if (!value) return undefined;
      const hint = 'Try appending -machine cap-htm=off';
      throw new QmpError('No Transactional Memory support in TCG', 'GenericError', hint);
    },
  ),
  flag('cap-vsx', 'Allow Vector Scalar Extensions (VSX)', ({ level }) => level >= 206),
  flag('cap-dfp', 'Allow Decimal Floating Point (DFP)', ({ level }) => level >= 206),
  mode('cap-cfpc', 'Cache Flush on Privilege Change', MITIGATION, ({ level }) =>
    level >= 207 ? 'workaround' : 'broken',
  ),
  mode('cap-sbbc', 'Speculation Barrier Bounds Checking', MITIGATION, ({ level }) =>
    level >= 206 ? 'workaround' : 'broken',
  ),
  mode('cap-ibs', 'Indirect Branch Speculation', IBS, ({ level }) =>
    level >= 206 ? 'workaround' : 'broken',
  ),
  hptMaxPageSize,
  flag('cap-nested-hv', 'Allow Nested KVM-HV', () => false),
  flag('cap-large-decr', 'Allow Large Decrementer', ({ level }) => level >= 300),
  flag(
    'cap-ccf-assist',
    'Count Cache Flush Assist via HW Instruction',
    () => true,
    value => (value ? unsupported('cap-ccf-assist', 'on') : undefined),
  ),
  flag('cap-fwnmi', 'Implements PAPR FWNMI option', () => true),
  flag('cap-rpt-invalidate', 'Allow H_RPT_INVALIDATE', () => false),
] as const;

export const CAPABILITY_PROPERTIES = CAPABILITIES.map(({ property }) => property);

/** Settles what the user left open, as far as the processor allows. */
export function settleCapabilities(machine: ValuedObject, model: CpuModel): void {
  const settle = <T>(capability: Capability<T>) => {
    if (!machine.isSet(capability.property)) {
      machine.setValue(capability.property, capability.default(model));
    }
  };
  for (const capability of CAPABILITIES) settle(capability as Capability<unknown>);
}

/** Checks the promises against what TCG can do. @throws QmpError */
export function checkCapabilitiesUnderTcg(machine: ValuedObject, warn: (message: string) => void): void {
  const check = <T>({ property, underTcg }: Capability<T>) => {
    const warning = underTcg?.(machine.value(property));
    if (warning !== undefined) warn(warning);
  };
  for (const capability of CAPABILITIES) check(capability as Capability<unknown>);
}
