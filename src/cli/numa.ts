/** `-numa`: memory and processors by distance. */

import { lastValue } from '../base/option-syntax.ts';
import type { NumaOption } from '../machine/numa.ts';
import type { NumaRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import type { ParsedOption } from './option-list.ts';
import { parseSigned, parseSize } from './option-values.ts';

/** Checks one option by itself; whether nodes exist and add up is the machine's affair. */
export function readNuma(option: ParsedOption): NumaRequest {
  const fields = new Fields(option);
  const type = fields.text('type');
  if (type === undefined) throw fields.error("Parameter 'type' is missing");
  const request = read(type, fields);
  fields.finish();
  return { option: request, location: option.location };
}

const LEVELS = ['node-id', 'socket-id', 'die-id', 'cluster-id', 'core-id', 'thread-id'] as const;
const HIERARCHIES = ['memory', 'first-level', 'second-level', 'third-level'];
const DATA_TYPES = [
  ...['access-latency', 'read-latency', 'write-latency'],
  ...['access-bandwidth', 'read-bandwidth', 'write-bandwidth'],
];

function read(type: string, fields: Fields): NumaOption {
  switch (type) {
    case 'node':
      return {
        kind: type,
        nodeId: fields.unsigned('nodeid', 16),
        cpus: fields.ranges('cpus', 16),
        mem: fields.size('mem'),
        memdev: fields.text('memdev'),
        initiator: fields.unsigned('initiator', 16),
      };
    case 'dist':
      return {
        kind: type,
        source: fields.required('src', 16),
        destination: fields.required('dst', 16),
        value: fields.required('val', 8),
      };
    case 'cpu': {
      const place: Partial<Record<(typeof LEVELS)[number], bigint>> = {};
      for (const name of LEVELS) {
        const value = fields.integer(name);
        if (value !== undefined) place[name] = value;
      }
      return { kind: type, place };
    }
    case 'hmat-lb':
      for (const name of ['initiator', 'target']) fields.required(name, 16);
      fields.choice('hierarchy', HIERARCHIES);
      fields.choice('data-type', DATA_TYPES);
      fields.unsigned('latency', 64);
      fields.size('bandwidth');
      return { kind: 'hmat' };
    case 'hmat-cache':
      fields.required('node-id', 32);
      if (fields.size('size') === undefined) throw fields.error("Parameter 'size' is missing");
      fields.required('level', 8);
      fields.choice('associativity', ['none', 'direct', 'complex']);
      fields.choice('policy', ['none', 'write-back', 'write-through']);
      fields.required('line', 16);
      return { kind: 'hmat' };
    default:
      throw fields.error(`Parameter 'type' does not accept value '${type}'`);
  }
}

/** The parameters of one option, read by type; what nobody asked for is an error. */
class Fields {
  readonly #asked = new Set<string>();

  constructor(readonly option: ParsedOption) {}

  error(message: string): CliError {
    return CliError.at(this.option.location, message);
  }

  text(name: string): string | undefined {
    this.#asked.add(name);
    return lastValue(this.option.entries, name);
  }

  unsigned(name: string, bits: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parseSigned(text);
    if (value === undefined || value < 0) throw this.error(`Parameter '${name}' expects a uint64 value`);
    if (value >= 1n << BigInt(bits)) throw this.error(`Parameter '${name}' expects uint${bits}_t`);
    return Number(value);
  }

  required(name: string, bits: number): number {
    const value = this.unsigned(name, bits);
    if (value === undefined) throw this.error(`Parameter '${name}' is missing`);
    return value;
  }

  choice(name: string, values: readonly string[]): void {
    const text = this.text(name);
    if (text === undefined) throw this.error(`Parameter '${name}' is missing`);
    if (!values.includes(text)) throw this.error(`Parameter '${name}' does not accept value '${text}'`);
  }

  integer(name: string): bigint | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = parseSigned(text);
    if (value === undefined) throw this.error(`Parameter '${name}' expects an int64 value`);
    return value;
  }

  size(name: string): bigint | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    try {
      return parseSize(name, text, undefined).value;
    } catch {
      throw this.error(`Parameter '${name}' expects a size value`);
    }
  }

  /** `4` and `0-3`; the parameter may be given several times. */
  ranges(name: string, bits: number): readonly number[] {
    this.#asked.add(name);
    return this.option.entries
      .filter(entry => entry.name === name)
      .flatMap(({ value }) => {
        const match = /^([0-9]+)(?:-([0-9]+))?$/.exec(value);
        const first = Number(match?.[1]);
        const last = Number(match?.[2] ?? first);
        if (match === null || last < first || last - first >= 65536) {
          throw this.error(`Parameter '${name}' expects a uint64 value or range`);
        }
        // The members of a list have no name.
        if (last >= 2 ** bits) throw this.error(`Parameter 'null' expects uint${bits}_t`);
        return Array.from({ length: last - first + 1 }, (_, index) => first + index);
      });
  }

  finish(): void {
    const unknown = this.option.entries.find(entry => !this.#asked.has(entry.name));
    if (unknown !== undefined) throw this.error(`Invalid parameter '${unknown.name}'`);
  }
}
