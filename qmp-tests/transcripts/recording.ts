import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { ProcessEnd } from '../differential/emulator.ts';
import { eventOf } from '../differential/messages.ts';

/** Something that came, or that should come, on one connection. */
export type Arrival =
  /** A reply or event, as its line. */
  | { readonly kind: 'line'; readonly line: string }
  /** Text that is not one line of JSON. */
  | { readonly kind: 'text'; readonly text: string }
  /** A long reply, of which only the beginning was kept. */
  | { readonly kind: 'long'; readonly begin: string; readonly length: number }
  | { readonly kind: 'end' }
  /** Nothing, for a while. */
  | { readonly kind: 'silence' };

export type Action =
  | { readonly kind: 'open'; readonly socket: string }
  | { readonly kind: 'send'; readonly bytes: Buffer }
  | { readonly kind: 'sendMany'; readonly description: string; readonly length: number }
  | { readonly kind: 'close' }
  | { readonly kind: 'shutdownWrite' }
  /** To the process. */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** What is not QMP on a plain socket. */
  | { readonly kind: 'other'; readonly what: string };

/** One action, and what came before the next. */
export interface Exchange {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly connection: string;
  readonly action: Action;
  readonly arrivals: readonly (Arrival & { readonly connection: string })[];
}

/** One process, from start to end. */
export interface Section {
  readonly line: number;
  readonly argv: readonly string[];
  readonly note: string;
  readonly exchanges: readonly Exchange[];
  /** How the process ended, where it did so by itself. */
  readonly end: ProcessEnd | undefined;
}

type Entry = Readonly<Record<string, unknown>>;

/** Reads one of our recordings of QEMU 7.2. */
export function readRecording(name: string): readonly Section[] {
  const path = join(import.meta.dirname, `testdata/${name}.jsonl`);
  const sections: Section[] = [];
  let exchanges: Exchange[] = [];
  let arrivals: Exchange['arrivals'][number][] = [];
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .forEach((text, index) => {
      const entry: Entry = JSON.parse(text);
      const line = index + 1;
      const connection = typeof entry.mon === 'string' ? entry.mon : '';
      if (Array.isArray(entry.argv)) {
        exchanges = [];
        sections.push({
          line,
          argv: entry.argv.map(String),
          note: String(entry.note),
          exchanges,
          end: undefined,
        });
        return;
      }
      const section = sections.at(-1);
      if (section === undefined) return;
      if (typeof entry.exit === 'number') {
        const end = { status: entry.exit, stderr: String(entry.stderr ?? '') };
        sections[sections.length - 1] = { ...section, end };
        return;
      }
      const action = actionOf(entry);
      if (action !== undefined) {
        arrivals = [];
        exchanges.push({ line, connection, action, arrivals });
        return;
      }
      arrivals.push(...arrivalsOf(text, entry, arrivals.at(-1)).map(arrival => ({ ...arrival, connection })));
    });
  return sections.map(section => ({ ...section, exchanges: withRepliesInPlace(section.exchanges) }));
}

/** Gives commands the replies that the recorder had not waited for: a late event had come first. */
function withRepliesInPlace(exchanges: readonly Exchange[]): readonly Exchange[] {
  const placed = exchanges.map(exchange => ({ ...exchange, arrivals: [...exchange.arrivals] }));
  for (const [index, { action, arrivals }] of placed.entries()) {
    const isAnswered = arrivals.some(
      arrival => arrival.kind === 'end' || arrival.kind === 'silence' || isReply(arrival),
    );
    if (action.kind !== 'send' || isAnswered) continue;
    const next = placed[index + 1]?.arrivals ?? [];
    const reply = next.findIndex(isReply);
    if (reply >= 0) arrivals.push(...next.splice(reply, 1));
  }
  return placed;
}

function isReply(arrival: Arrival): boolean {
  return (
    arrival.kind === 'long' ||
    arrival.kind === 'text' ||
    (arrival.kind === 'line' && eventOf(arrival.line) === undefined)
  );
}

function actionOf(entry: Entry): Action | undefined {
  if (typeof entry.open === 'string') return { kind: 'open', socket: entry.open.replace(/^unix:/, '') };
  if (typeof entry.send === 'string') return { kind: 'send', bytes: Buffer.from(entry.send) };
  if (typeof entry.sendHex === 'string') return { kind: 'send', bytes: Buffer.from(entry.sendHex, 'hex') };
  if (typeof entry.sendDescribed === 'string') {
    return { kind: 'sendMany', description: entry.sendDescribed, length: Number(entry.bytes) };
  }
  if (entry.close === true) return { kind: 'close' };
  if (entry.shutdownWrite === true) return { kind: 'shutdownWrite' };
  const signal = /^signal (SIG\w+) sent to the process$/.exec(String(entry.note))?.[1];
  if (isSignal(signal)) return { kind: 'signal', signal };
  const other = ['sendHttp', 'sendFrame'].find(name => entry[name] !== undefined);
  return other === undefined ? undefined : { kind: 'other', what: other };
}

function isSignal(text: string | undefined): text is NodeJS.Signals {
  return text !== undefined && text in constants.signals;
}

function arrivalsOf(text: string, entry: Entry, previous: Arrival | undefined): Arrival[] {
  if (typeof entry.raw === 'string') return repeated({ kind: 'line', line: entry.raw }, entry);
  if (entry.recv !== undefined) {
    const line = replyText(text);
    return repeated({ kind: 'line', line }, entry);
  }
  if (typeof entry.recvRaw === 'string') return [{ kind: 'text', text: entry.recvRaw }];
  if (typeof entry.recvHex === 'string')
    return [{ kind: 'text', text: Buffer.from(entry.recvHex, 'hex').toString() }];
  if (typeof entry.recvDescribed === 'string') {
    return [{ kind: 'long', begin: entry.recvDescribed.replace(/\.\.\.$/, ''), length: Number(entry.bytes) }];
  }
  if (typeof entry.sameAsPrevious === 'number' && previous !== undefined) {
    return new Array<Arrival>(entry.sameAsPrevious).fill(previous);
  }
  if (entry.eof === true) return [{ kind: 'end' }];
  if (typeof entry.idleMs === 'number') return [{ kind: 'silence' }];
  return [];
}

function repeated(arrival: Arrival, entry: Entry): Arrival[] {
  return new Array<Arrival>(1 + Number(entry.furtherRepliesLikeThis ?? 0)).fill(arrival);
}

/** The reply's own text, with integers of any size: what stands after `"recv": ` in the recording. */
function replyText(text: string): string {
  const key = '"recv": ';
  const start = text.indexOf(key) + key.length;
  return text.slice(start, balancedEnd(text, start));
}

/** Where the JSON object ends that begins at `start`. */
function balancedEnd(text: string, start: number): number {
  let depth = 0;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
  token.lastIndex = start;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if ('{['.includes(match[0])) depth++;
    else if ('}]'.includes(match[0]) && --depth === 0) return token.lastIndex;
  }
  return text.length;
}
