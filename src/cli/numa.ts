/** `-numa`: memory and processors by distance. */

import { lastValue } from '../base/option-syntax.ts';
import type { NumaRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import type { ParsedOption } from './option-list.ts';
import { parseSigned, parseSize } from './option-values.ts';

/** Nodes are numbered below this. */
const MAX_NODES = 128;

/** Checks one option by itself; whether nodes exist and add up is the machine's affair. */
export function readNuma(option: ParsedOption): NumaRequest {
  const fields = new Fields(option);
  const type = fields.text('type');
  if (type === undefined) throw fields.error("Parameter 'type' is missing");
  const request = read(type, fields);
  fields.finish();
  return request;
}

function read(type: string, fields: Fields): NumaRequest {
  const { location } = fields.option;
  switch (type) {
    case 'node': {
      const node = {
        kind: type,
        nodeId: fields.unsigned('nodeid', 16),
        cpus: fields.ranges('cpus'),
        mem: fields.size('mem'),
        memdev: fields.text('memdev'),
        initiator: fields.unsigned('initiator', 16),
        location,
      } as const;
      if (node.nodeId !== undefined && node.nodeId >= MAX_NODES) {
        throw fields.error(`Max number of NUMA nodes reached: ${node.nodeId}`);
      }
      if (node.mem !== undefined && node.memdev !== undefined) {
        throw fields.error('numa configuration should use either mem= or memdev=,mixing both is not allowed');
      }
      return node;
    }
    case 'dist':
      return {
        kind: type,
        source: fields.required('src', 16),
        destination: fields.required('dst', 16),
        value: fields.required('val', 8),
        location,
      };
    case 'cpu': {
      const nodeId = fields.integer('node-id');
      const names = ['socket-id', 'die-id', 'cluster-id', 'core-id', 'thread-id'] as const;
      const properties: Partial<Record<(typeof names)[number], bigint>> = {};
      for (const name of names) {
        const value = fields.integer(name);
        if (value !== undefined) properties[name] = value;
      }
      if (nodeId === undefined) throw fields.error('Missing mandatory node-id property');
      return { kind: type, nodeId: Number(nodeId), properties, location };
    }
    case 'hmat-lb':
    case 'hmat-cache':
      throw fields.error('memory latencies and caches are not simulated');
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
  ranges(name: string): readonly number[] {
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
        return Array.from({ length: last - first + 1 }, (_, index) => first + index);
      });
  }

  finish(): void {
    const unknown = this.option.entries.find(entry => !this.#asked.has(entry.name));
    if (unknown !== undefined) throw this.error(`Invalid parameter '${unknown.name}'`);
  }
}
