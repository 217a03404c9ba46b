import { readFileSync } from 'node:fs';

/** One line of a recording of QEMU: something that was done or seen. */
export type Step = StepKind & {
  /** Which connection, where there are several. */
  readonly monitor: string;
};

type StepKind =
  | { readonly kind: 'start'; readonly argv: readonly string[]; readonly note: string }
  | { readonly kind: 'open'; readonly socket: string }
  | { readonly kind: 'send'; readonly bytes: Buffer; readonly text: string }
  | { readonly kind: 'sendDescribed'; readonly description: string }
  /** Exactly these bytes arrived. */
  | { readonly kind: 'receive'; readonly text: string }
  | { readonly kind: 'receiveDescribed'; readonly begin: string; readonly bytes: number }
  | { readonly kind: 'receiveAgain'; readonly text: string; readonly count: number }
  | { readonly kind: 'idle' | 'close' | 'shutdownWrite' | 'closed' }
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'other' };

/** Reads a recording that lies beside the tests. */
export function transcript(name: string): readonly Step[] {
  const lines = readFileSync(new URL(`transcripts/${name}.jsonl`, import.meta.url), 'utf8').trimEnd();
  return lines.split('\n').map(line => {
    const step: Readonly<Record<string, unknown>> = JSON.parse(line);
    return { ...stepOf(line, step), monitor: String(step.mon ?? '') };
  });
}

function stepOf(line: string, step: Readonly<Record<string, unknown>>): StepKind {
  if (Array.isArray(step.argv)) return { kind: 'start', argv: step.argv, note: String(step.note) };
  if (step.open !== undefined) return { kind: 'open', socket: String(step.open) };
  if (step.sendDescribed !== undefined) {
    return { kind: 'sendDescribed', description: String(step.sendDescribed) };
  }
  if (step.send !== undefined) return sendOf(Buffer.from(String(step.send)));
  if (step.sendHex !== undefined) return sendOf(Buffer.from(String(step.sendHex), 'hex'));
  if (step.furtherRepliesLikeThis !== undefined) {
    return { kind: 'receiveAgain', text: replyOf(line, step), count: Number(step.furtherRepliesLikeThis) };
  }
  if (step.recv !== undefined) return { kind: 'receive', text: replyOf(line, step) };
  if (step.recvRaw !== undefined) return { kind: 'receive', text: String(step.recvRaw) };
  if (step.recvHex !== undefined) {
    return { kind: 'receive', text: Buffer.from(String(step.recvHex), 'hex').toString('latin1') };
  }
  if (step.recvDescribed !== undefined) {
    const begin = String(step.recvDescribed).replace(/\.\.\.$/, '');
    return { kind: 'receiveDescribed', begin, bytes: Number(step.bytes) };
  }
  if (step.exit !== undefined) return { kind: 'exit', status: Number(step.exit) };
  if (step.close === true) return { kind: 'close' };
  if (step.shutdownWrite === true) return { kind: 'shutdownWrite' };
  if (step.eof === true) return { kind: 'closed' };
  return { kind: step.idleMs !== undefined ? 'idle' : 'other' };
}

function sendOf(bytes: Buffer): StepKind {
  return { kind: 'send', bytes, text: bytes.toString('latin1') };
}

/** The reply's bytes: where they differ from the recording's own way of writing JSON, it has them as `raw`. */
function replyOf(line: string, step: Readonly<Record<string, unknown>>): string {
  if (step.raw !== undefined) return `${String(step.raw)}\r\n`;
  const start = line.indexOf('"recv": ') + '"recv": '.length;
  return `${line.slice(start, -1)}\r\n`;
}

/** The same text with all time stamps zero. */
export function withoutTime(text: string): string {
  return text.replace(/("(?:micro)?seconds": )\d+/g, '$10');
}

/** The bytes that the recording describes; undefined for 2 Mi tokens, which take a minute: see the reader's own test. */
export function described(text: string): Buffer | undefined {
  const request = (id: string) => Buffer.from(`{"execute":"query-name","id":${id}}\n`);
  const repeated = /^\{"execute":"query-name","id":"(.)" x (\d+)(?: "\]" x \d+\}| as one string\})$/.exec(
    text,
  );
  if (repeated !== null) {
    const [, character = '', count] = repeated;
    const run = character.repeat(Number(count));
    return request(character === '[' ? run + ']'.repeat(Number(count)) : `"${run}"`);
  }
  const nested = /^"\{\\"a\\":" x (\d+) then/.exec(text);
  if (nested !== null) return request('{"a":'.repeat(Number(nested[1])) + 1 + '}'.repeat(Number(nested[1])));
  const opened = /^"\[" x (\d+) newline, never closed$/.exec(text);
  if (opened !== null) return Buffer.from(`${'['.repeat(Number(opened[1]))}\n`);
  const token = /^a string token opened and (\d+) bytes long/.exec(text);
  if (token !== null) return Buffer.from(`"${'a'.repeat(Number(token[1]) - 1)}`);
  switch (text) {
    case 'bare word a x 100000':
      return Buffer.from(`${'a'.repeat(100_000)}\n`);
    case 'spaces x 1000000 then a command':
      return Buffer.from(`${' '.repeat(1_000_000)}{"execute":"query-name","id":"after-spaces"}\n`);
    case 'digits x 100000 as id':
      return request('1'.repeat(100_000));
    case 'id = array of 100000 zeros':
      return request(`[${new Array(100_000).fill('0').join(',')}]`);
    case 'object with 100000 members in arguments': {
      const members = Array.from({ length: 100_000 }, (_, i) => `"k${i}":${i}`);
      return Buffer.from(`{"execute":"query-name","arguments":{${members.join(',')}}}\n`);
    }
    default:
      return undefined;
  }
}
