import type { Random } from './random.ts';

/** Values that clients send where something else is meant. */
const ODD = [
  '""',
  '" "',
  '"0"',
  '"1"',
  '"-1"',
  '"on"',
  '"off"',
  '"yes"',
  '"true"',
  '"auto"',
  '"abc"',
  '"0x10"',
  '"010"',
  '"1K"',
  '"1.5"',
  '"4294967296"',
  '"18446744073709551615"',
  '"18446744073709551616"',
  '"\\u00e4"',
  'true',
  'false',
  'null',
  '0',
  '1',
  '-1',
  '7',
  '255',
  '256',
  '65536',
  '4294967295',
  '4294967296',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551615',
  '18446744073709551616',
  '-9223372036854775808',
  '0.5',
  '1e3',
  '[]',
  '{}',
  '[1]',
  '{"a":1}',
] as const;

/** JSON text of a value, good or bad, for a property of this QOM type. */
export function valueFor(random: Random, type: string): string {
  if (random.chance(0.35)) return random.pick(ODD);
  if (type === 'bool') return random.pick(['true', 'false', '"on"', '"off"']);
  if (/^u?int|^size/.test(type))
    return random.pick(['0', '1', '2', '8', '64', '256', '4096', '"1"', '"0x20"']);
  if (type === 'OnOffAuto') return random.pick(['"on"', '"off"', '"auto"']);
  if (type === 'str' || type === 'string') return random.pick(['"a"', '"52:54:00:12:34:99"', '"/machine"']);
  if (type.startsWith('link<')) return random.pick(['""', '"/machine"', '"/machine/peripheral"', '"d0"']);
  return random.pick(ODD);
}

export function oddValue(random: Random): string {
  return random.pick(ODD);
}
