/** What `-machine` says, with the parts that have a meaning of their own taken out of its properties. */

import type { KeyvalObject, KeyvalValue } from '../base/keyval.ts';
import { inMemberOrder } from '../base/member-order.ts';
import type { MemoryRequest } from '../machine/memory-size.ts';
import type { SmpParameter, SmpRequest } from '../machine/topology.ts';
import type { BootRequest, Configuration } from './configuration.ts';
import type { Draft } from './draft.ts';
import { CliError } from './errors.ts';
import { parseBoolean, parseNumber, parseSigned, parseSize } from './option-values.ts';

type MachineParts = Pick<Configuration, 'machine' | 'smp' | 'memory' | 'firmware'> & {
  /** `-machine accel=`, still one text. */
  readonly acceleratorList: string | undefined;
  /** Properties that are the accelerator's, given here for compatibility. */
  readonly acceleratorProperties: readonly (readonly [name: string, value: string])[];
};

const ACCELERATOR_PROPERTIES = ['kernel-irqchip', 'kvm-shadow-mem'];

/** @throws CliError for what QEMU refuses before it has made a machine: texts that are not of their type */
export function splitMachineOptions(draft: Draft): MachineParts {
  const properties = withDashes(draft.machine.value);
  const take = (name: string): KeyvalValue | undefined => {
    const value = properties.get(name);
    properties.delete(name);
    return value;
  };
  const takeText = (name: string): string | undefined => {
    const value = take(name);
    if (value !== undefined && typeof value !== 'string') {
      throw CliError.at(undefined, `Parameters '${name}.*' are unexpected`);
    }
    return value;
  };

  const boot = readBoot(take('boot'));
  return {
    acceleratorList: takeText('accel'),
    acceleratorProperties: ACCELERATOR_PROPERTIES.flatMap(name => {
      const value = takeText(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
    smp: readSmp(take('smp')),
    memory: readMemory(draft, take('memory')),
    firmware: {
      kernel: takeText('kernel'),
      append: takeText('append'),
      initrd: takeText('initrd'),
      dtb: takeText('dtb'),
      firmware: takeText('firmware'),
      boot,
    },
    machine: { type: takeText('type'), properties: inMemberOrder(properties) },
  };
}

/** What a kernel is given needs a kernel; found out before anything else. */
export function checkKernelOptions(draft: Draft): void {
  const { kernel, append, initrd } = draft.machine.value;
  if (kernel !== undefined) return;
  if (append !== undefined) throw CliError.at(undefined, '-append only allowed with -kernel option');
  if (initrd !== undefined) throw CliError.at(undefined, '-initrd only allowed with -kernel option');
}

/** Names of machine properties may be written with underscores. */
function withDashes(options: KeyvalObject): Map<string, KeyvalValue> {
  const properties = new Map<string, KeyvalValue>();
  for (const [written, value] of Object.entries(options)) {
    const name = written.replaceAll('_', '-');
    if (name !== written && Object.hasOwn(options, name)) {
      throw CliError.at(undefined, `Conflict between '${written}' and '${name}'`);
    }
    properties.set(name, value);
  }
  return properties;
}

const SMP_PARAMETERS: readonly SmpParameter[] = [
  'cpus',
  'sockets',
  'dies',
  'clusters',
  'cores',
  'threads',
  'maxcpus',
];

function readSmp(value: KeyvalValue | undefined): SmpRequest {
  const members = new Members('smp', value);
  const request: Partial<Record<SmpParameter, number>> = {};
  for (const name of SMP_PARAMETERS) {
    const number = members.integer(name);
    if (number !== undefined) request[name] = Number(number);
  }
  members.finish();
  return request;
}

function readBoot(value: KeyvalValue | undefined): BootRequest {
  const members = new Members('boot', value);
  const order = members.text('order');
  const once = members.text('once');
  const menu = members.boolean('menu');
  const splash = members.text('splash');
  const splashTime = members.integer('splash-time');
  const rebootTimeout = members.integer('reboot-timeout');
  const strict = members.boolean('strict');
  members.finish();
  for (const devices of [order, once]) if (devices !== undefined) checkBootDevices(devices);
  return {
    ...(order !== undefined && { order }),
    ...(once !== undefined && { once }),
    ...(menu !== undefined && { menu }),
    ...(splash !== undefined && { splash }),
    ...(splashTime !== undefined && { splashTime }),
    ...(rebootTimeout !== undefined && { rebootTimeout }),
    ...(strict !== undefined && { strict }),
  };
}

/** Boot devices are letters from a to p, each at most once. */
function checkBootDevices(devices: string): void {
  for (const [index, letter] of [...devices].entries()) {
    if (letter < 'a' || letter > 'p') throw CliError.at(undefined, `Invalid boot device '${letter}'`);
    if (devices.indexOf(letter) < index)
      throw CliError.at(undefined, `Boot device '${letter}' was given twice`);
  }
}

/** `-m`, or the same as `-machine memory.…`: a size without a unit is in MiB after `-m size=`, else in bytes. */
function readMemory(draft: Draft, value: KeyvalValue | undefined): MemoryRequest {
  const members = new Members('memory', value);
  const [size, slots, maxSize] = ['size', 'slots', 'max-size'].map(name => members.text(name));
  members.finish();
  const list = draft.list('memory');
  const listed = list.value('size');
  const listedSize = listed !== undefined && /[0-9]$/.test(listed) ? `${listed}M` : listed;
  return {
    size: readMemoryValue(draft, 'size', listedSize ?? size),
    slots: readMemoryValue(draft, 'slots', list.value('slots') ?? slots),
    maxSize: readMemoryValue(draft, 'max-size', list.value('maxmem') ?? maxSize),
  };
}

function readMemoryValue(draft: Draft, member: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const name = `memory.${member}`;
  try {
    if (member === 'slots') return parseNumber(name, text, undefined);
    const { value, warning } = parseSize(name, text, undefined);
    if (warning !== undefined) draft.report({ severity: 'warning', message: warning });
    return value;
  } catch {
    throw CliError.at(undefined, `Parameter '${name}' expects ${member === 'slots' ? 'integer' : 'size'}`);
  }
}

/** The members of a machine property that is an object, read by type; what nobody asked for is an error. */
class Members {
  readonly #members: Map<string, KeyvalValue>;

  constructor(
    readonly name: string,
    value: KeyvalValue | undefined,
  ) {
    if (typeof value === 'string' || Array.isArray(value)) {
      throw CliError.at(undefined, `Invalid parameter type for '${name}', expected: object`);
    }
    this.#members = new Map(Object.entries(value ?? {}));
  }

  text(member: string): string | undefined {
    const value = this.#members.get(member);
    this.#members.delete(member);
    if (value === undefined || typeof value === 'string') return value;
    throw CliError.at(undefined, `Parameters '${this.name}.${member}.*' are unexpected`);
  }

  boolean(member: string): boolean | undefined {
    const text = this.text(member);
    return text === undefined ? undefined : parseBoolean(`${this.name}.${member}`, text, undefined);
  }

  /** A signed number, decimal, hexadecimal or octal. */
  integer(member: string): bigint | undefined {
    const text = this.text(member);
    if (text === undefined) return undefined;
    const value = parseSigned(text);
    if (value === undefined)
      throw CliError.at(undefined, `Parameter '${this.name}.${member}' expects integer`);
    return value;
  }

  finish(): void {
    const [unexpected] = inMemberOrder(this.#members);
    if (unexpected !== undefined) {
      throw CliError.at(undefined, `Parameter '${this.name}.${unexpected[0]}' is unexpected`);
    }
  }
}
