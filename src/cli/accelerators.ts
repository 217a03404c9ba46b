import type { AcceleratorRequest } from './configuration.ts';
import { CliError, type Report } from './errors.ts';
import { parseBoolean, parseNumber } from './option-values.ts';

/** What can be chosen from. */
export interface AcceleratorSupport {
  /** Every accelerator that exists; `-accel help` lists them. */
  readonly known: readonly string[];
  /** Why a known one cannot be used now (the C library's text for an errno), or undefined where it can. */
  obstacle(name: string): string | undefined;
}

export interface ChosenAccelerator {
  readonly name: string;
  readonly choice: AcceleratorRequest['choices'][number];
}

/**
 * Takes the first usable accelerator. Whatever was tried before it and failed is reported, unless nobody asked for it.
 *
 * @throws CliError with all failures where none is usable
 */
export function chooseAccelerator(
  request: AcceleratorRequest,
  support: AcceleratorSupport,
  report: (report: Report) => void,
): ChosenAccelerator {
  const failures: Report[] = [];
  const fail = (message: string, location: string | undefined) =>
    failures.push({ severity: 'error', message, location });
  // A list after -machine accel= is sifted as a whole before any of it is tried.
  const unknown = request.choices.filter(choice => !support.known.includes(choice.name));
  if (request.origin === 'machine')
    for (const choice of unknown) fail(`invalid accelerator ${choice.name}`, undefined);

  for (const choice of request.choices) {
    if (unknown.includes(choice)) {
      if (request.origin !== 'machine') fail(`invalid accelerator ${choice.name}`, choice.location);
      continue;
    }
    checkProperties(choice);
    const obstacle = support.obstacle(choice.name);
    if (obstacle !== undefined) {
      if (choice.name === 'kvm') fail(`Could not access KVM kernel module: ${obstacle}`, choice.location);
      fail(`failed to initialize ${choice.name}: ${obstacle}`, choice.location);
      continue;
    }
    if (failures.length > 0 && request.origin !== 'default') {
      for (const failure of failures) report(failure);
      report({ severity: 'error', message: `falling back to ${choice.name}` });
    }
    return { name: choice.name, choice };
  }
  throw new CliError(
    failures.length > 0 ? failures : [{ severity: 'error', message: 'no accelerator found' }],
  );
}

/** Checks a property's text; throws CliError at the location. */
type PropertyCheck = (name: string, text: string, location: string | undefined) => void;

const oneOf =
  (...values: readonly string[]): PropertyCheck =>
  (name, text, location) => {
    if (!values.includes(text)) throw CliError.at(location, `Invalid '${name}' setting ${text}`);
  };

const unsigned =
  (bits: number): PropertyCheck =>
  (name, text, location) => {
    let value: bigint;
    try {
      value = parseNumber(name, text, location);
    } catch {
      throw CliError.at(location, `Parameter '${name}' expects uint64`);
    }
    if (value >= 1n << BigInt(bits)) throw CliError.at(location, `Parameter '${name}' expects uint${bits}_t`);
  };

/** What can be said to an accelerator. There is no translation to tune, so that saying it has no effect. */
const PROPERTIES: ReadonlyMap<string, ReadonlyMap<string, PropertyCheck>> = new Map([
  [
    'tcg',
    new Map([
      ['thread', oneOf('single', 'multi')],
      ['tb-size', unsigned(32)],
      ['split-wx', parseBoolean],
    ]),
  ],
  [
    'kvm',
    new Map([
      ['kernel-irqchip', oneOf('on', 'off', 'split')],
      ['kvm-shadow-mem', unsigned(64)],
      ['dirty-ring-size', unsigned(32)],
    ]),
  ],
]);

function checkProperties({ name, properties, location }: AcceleratorRequest['choices'][number]): void {
  for (const property of properties) {
    const check = PROPERTIES.get(name)?.get(property.name);
    if (check === undefined) {
      throw CliError.at(location, `Property '${name}-accel.${property.name}' not found`);
    }
    check(property.name, property.value, location);
  }
}
