import { QmpError } from '../base/errors.ts';
import { badValue, QdevProperty } from '../qdev/properties.ts';
import { UINT8 } from '../qom/visitor.ts';

/** A PCI function of the host. */
export interface HostAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** `0001:00:00.0` */
export function formatHostAddress({ domain, bus, slot, function: fn }: HostAddress): string {
  const digits = (value: number, count: number) => value.toString(16).padStart(count, '0');
  return `${digits(domain, 4)}:${digits(bus, 2)}:${digits(slot, 2)}.${fn.toString(16)}`;
}

/** `DDDD:BB:DD.F` or `BB:DD.F`, hexadecimal; undefined if it is neither. */
export function parseHostAddress(text: string): HostAddress | undefined {
  const match = /^(?:([0-9a-fA-F]+):)?([0-9a-fA-F]+):([0-9a-fA-F]+)\.([0-9a-fA-F]+)$/.exec(text);
  if (match === null) return undefined;
  const [domain, bus, slot, fn] = match
    .slice(1)
    .map(part => (part === undefined ? 0 : Number.parseInt(part, 16)));
  if (domain === undefined || bus === undefined || slot === undefined || fn === undefined) return undefined;
  return domain <= 0xffff && bus <= 0xff && slot <= 0x1f && fn <= 7
    ? { domain, bus, slot, function: fn }
    : undefined;
}

/** The host device to assign. */
export const hostAddress = new QdevProperty<HostAddress | undefined>({
  name: 'host',
  type: 'str',
  description: 'Address (bus/device/function) of the host device, example: 04:10.0',
  initial: undefined,
  parse: (visitor, device) => {
    const text = visitor.string('host');
    const address = parseHostAddress(text);
    if (address === undefined) throw badValue(device, 'host', text);
    return address;
  },
  print: value => (value === undefined ? '' : formatHostAddress(value)),
});

const CLIQUE_UNSET = 0xff;
const CLIQUE_MAX = 15;

export const gpudirectClique = new QdevProperty<number>({
  name: 'x-nv-gpudirect-clique',
  type: 'uint4',
  description: 'NVIDIA GPUDirect Clique ID (0 - 15)',
  initial: CLIQUE_UNSET,
  parse: visitor => {
    const value = Number(visitor.integer('x-nv-gpudirect-clique', UINT8));
    if (value > CLIQUE_MAX) throw new QmpError('Property x-nv-gpudirect-clique: valid range 0-15');
    return value;
  },
  print: value => value,
});
