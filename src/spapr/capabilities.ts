import { QmpError } from '../base/errors.ts';
import { boolValue, integerValue, textValue, type ValuedObject, type ValueProperty } from '../qom/values.ts';
import { TextVisitor, UINT64 } from '../qom/visitor.ts';
import type { CpuModel } from './cpu-models.ts';

/** A feature of the platform that the machine promises to its guest, whatever host it moves to. */
interface Capability<T> {
  readonly property: ValueProperty<T>;
  /** What the newest machine promises where the user leaves it open … */
  readonly promise: T;
  /** … on processors from this level of the architecture on (206 is 2.06, POWER7; 300 is 3.0, POWER9). */
  readonly from: number;
  /** @returns what to warn of where TCG cannot keep the promise. @throws QmpError where it must */
  underTcg?(value: T): string | undefined;
}

type UnderTcg<T> = (value: T) => string | undefined;

function flag(
  name: string,
  description: string,
  promise: boolean,
  from = ANY_PROCESSOR,
  underTcg: UnderTcg<boolean> = () => undefined,
): Capability<boolean> {
  return { property: boolValue(name, false, description), promise, from, underTcg };
}

function mode(
  name: string,
  description: string,
  words: readonly string[],
  promise: string,
  from: number,
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
    promise,
    from,
    underTcg: value => (value === 'broken' ? undefined : unsupported(name, value)),
  };
}

function unsupported(name: string, value: string): string {
  return `TCG doesn't support requested feature, ${name}=${value}`;
}

const ANY_PROCESSOR = 0;
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
  promise: DEFAULT_HPT_PAGE,
  from: ANY_PROCESSOR,
  underTcg: value => {
    if (value < MIN_HPT_PAGE) throw new QmpError('Require at least 4kiB hpt-max-page-size');
    return undefined;
  },
};

/** In the order in which QEMU checks them. */
const CAPABILITIES = [
  flag('cap-htm', 'Allow Hardware Transactional Memory (HTM)', false, 207, value => {
    if (!value) return undefined;
    const hint = 'Try appending -machine cap-htm=off';
    throw new QmpError('No Transactional Memory support in TCG', 'GenericError', hint);
  }),
  flag('cap-vsx', 'Allow Vector Scalar Extensions (VSX)', true, 206),
  flag('cap-dfp', 'Allow Decimal Floating Point (DFP)', true, 206),
  mode('cap-cfpc', 'Cache Flush on Privilege Change', MITIGATION, 'workaround', 207),
  mode('cap-sbbc', 'Speculation Barrier Bounds Checking', MITIGATION, 'workaround', 206),
  mode('cap-ibs', 'Indirect Branch Speculation', IBS, 'workaround', 206),
  hptMaxPageSize,
  flag('cap-nested-hv', 'Allow Nested KVM-HV', false),
  flag('cap-large-decr', 'Allow Large Decrementer', true, 300),
  flag('cap-ccf-assist', 'Count Cache Flush Assist via HW Instruction', true, ANY_PROCESSOR, value =>
    value ? unsupported('cap-ccf-assist', 'on') : undefined,
  ),
  flag('cap-fwnmi', 'Implements PAPR FWNMI option', true),
  flag('cap-rpt-invalidate', 'Allow H_RPT_INVALIDATE', false),
] as const;

export const CAPABILITY_PROPERTIES = CAPABILITIES.map(({ property }) => property);

/**
 * Settles what the user left open, as far as the processor allows.
 * @param promises what the machine's version promises otherwise than the newest, as a user would write it
 */
export function settleCapabilities(
  machine: ValuedObject,
  { level }: CpuModel,
  promises: Readonly<Record<string, string>>,
): void {
  const settle = <T>({ property, promise, from }: Capability<T>) => {
    if (machine.isSet(property) || level < from) return;
    const text = promises[property.name];
    if (text === undefined) machine.setValue(property, promise);
    else property.set(machine, new TextVisitor(text));
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
