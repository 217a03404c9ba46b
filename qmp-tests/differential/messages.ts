import { sortedSpaces } from './memory-tree.ts';

/** What a monitor sent, in a form in which two emulators' answers can be compared. */

/** Members whose values differ from run to run and say nothing about behaviour. */
const VOLATILE: ReadonlySet<string> = new Set([
  'timestamp',
  'package',
  'thread-id',
  'pidfile',
  'tm_sec',
  'tm_min',
  'tm_hour',
  'tm_mday',
  'tm_mon',
  'tm_year',
]);

/** Addresses in the emulator's own memory, as they end up in messages. */
const POINTER = /\b0x(5[56]|7[ef])[0-9a-f]{10}\b/g;

/** Parts of a date, as `qom-get` of the human monitor prints them. */
const TIME = /"(tm_\w+)": \d+/g;

/** Names that QEMU makes up, with numbers at random. */
const MADE_UP_NAMES = /#(block|net)\d+/g;

const THREAD = /\bthread_id=\d+/g;

/**
 * The canonical text of one line: members sorted, lists that come in hash order sorted, values that differ
 * from run to run replaced. A line that is no JSON stays as it is.
 */
export function canonical(line: string): string {
  const value = parse(line);
  return value === undefined ? line.trimEnd() : JSON.stringify(sorted(value));
}

/** The event a line reports; undefined for replies. */
export function eventOf(line: string): string | undefined {
  return /^\{"timestamp": \{.*?\}, "event": "(\w+)"/.exec(line)?.[1] ?? eventInside(line);
}

function eventInside(line: string): string | undefined {
  if (!line.includes('"event"')) return undefined;
  const value = parse(line);
  return isObject(value) && typeof value.event === 'string' && value.timestamp !== undefined
    ? value.event
    : undefined;
}

/** JSON with integers kept exact, as text that no string can be: `1234567890123456789 (integer)`. */
export function parse(line: string): unknown {
  const exact = line.replace(
    /("(?:[^"\\]|\\.)*")|(-?\d{16,})(?![\d.eE])/g,
    (_, text?: string, digits?: string) => text ?? `"${digits} (integer)"`,
  );
  try {
    return JSON.parse(exact);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: unknown): unknown {
  if (typeof value === 'string') return sortedText(value);
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return value.some(isListedByHash)
      ? items
          .map(item => JSON.stringify(item))
          .sort()
          .map(text => JSON.parse(text))
      : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([name, member]) => [
    name,
    VOLATILE.has(name) ? `(${name})` : sorted(member),
  ]);
  return Object.fromEntries(members.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

/** How `qom-list` of the human monitor begins. */
const PROPERTIES = /^type \(string\)\r\n/;
/** What `info version` prints. */
const VERSION = /^(\d+\.\d+\.\d+).*(\r\n)$/;

/** Without what changes from run to run, and sorted where the order does. */
function sortedText(text: string): string {
  if (/^(address-space: |FlatView #)/.test(text)) return sortedSpaces(text);
  const plain = text
    .replace(POINTER, '0x(pointer)')
    .replace(THREAD, 'thread_id=(thread-id)')
    .replace(MADE_UP_NAMES, '#$1(number)')
    .replace(TIME, '"$1": (time)');
  if (PROPERTIES.test(plain)) return plain.split('\r\n').sort().join('\r\n');
  return plain.replace(VERSION, '$1(package)$2');
}

/** Members of entries that come in the order of a hash table: properties, types, objects, character devices. */
const HASHED = [
  ['name', 'type'],
  ['name', 'parent'],
  ['id', 'poll-max-ns'],
  ['id', 'host-nodes'],
  ['label', 'filename'],
] as const;

function isListedByHash(item: unknown): boolean {
  return isObject(item) && HASHED.some(members => members.every(member => member in item));
}

/** Where two canonical texts differ, member by member: `path: first | second`. */
export function contrast(first: string, second: string): string[] {
  const found: string[] = [];
  const compare = (path: string, a: unknown, b: unknown) => {
    if (Array.isArray(a) && Array.isArray(b) && [...a, ...b].some(isListedByHash)) {
      const [texts, others] = [a, b].map(list => list.map(item => JSON.stringify(item)));
      for (const text of texts ?? []) if (!others?.includes(text)) found.push(`${path}: ${text} | -`);
      for (const text of others ?? []) if (!texts?.includes(text)) found.push(`${path}: - | ${text}`);
    } else if (isComposite(a) && isComposite(b) && Array.isArray(a) === Array.isArray(b)) {
      const [x, y] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
      for (const name of new Set([...x.keys(), ...y.keys()]))
        compare(`${path}.${name}`, x.get(name), y.get(name));
    } else if (typeof a === 'string' && typeof b === 'string' && a !== b && `${a}${b}`.includes('\n')) {
      found.push(...contrastLines(path, a.split('\n'), b.split('\n')));
    } else if (a !== b) {
      found.push(`${path}: ${JSON.stringify(a) ?? '-'} | ${JSON.stringify(b) ?? '-'}`);
    }
  };
  compare('', parse(first) ?? first, parse(second) ?? second);
  return found;
}

/** Lines that only one of the texts has. */
function contrastLines(path: string, first: readonly string[], second: readonly string[]): string[] {
  const [before, after] = [new Set(first), new Set(second)];
  const found = [
    ...first.filter(line => !after.has(line)).map(line => `${path}: ${JSON.stringify(line)} | -`),
    ...second.filter(line => !before.has(line)).map(line => `${path}: - | ${JSON.stringify(line)}`),
  ];
  return found.length > 0 ? found : [`${path}: the lines are the same, but not their order or number`];
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
