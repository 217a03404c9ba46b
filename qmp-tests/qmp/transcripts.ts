import { readFileSync } from 'node:fs';

/** One line of a recording of QEMU: something that was done or seen. */
export type Step =
  | { readonly kind: 'start'; readonly argv: readonly string[]; readonly note: string }
  | { readonly kind: 'open' }
  | { readonly kind: 'send'; readonly bytes: Buffer; readonly text: string }
  | { readonly kind: 'sendDescribed'; readonly description: string }
  /** Exactly these bytes arrived; `partial` if more of the same reply follows. */
  | { readonly kind: 'receive'; readonly text: string }
  | { readonly kind: 'receiveDescribed'; readonly begin: string; readonly bytes: number }
  | { readonly kind: 'receiveAgain'; readonly text: string; readonly count: number }
  | { readonly kind: 'idle' }
  | { readonly kind: 'other' };

/** Reads a recording that lies beside the tests. */
export function transcript(name: string): readonly Step[] {
  const lines = readFileSync(new URL(`transcripts/${name}.jsonl`, import.meta.url), 'utf8').trimEnd();
  return lines.split('\n').map(stepOf);
}

function stepOf(line: string): Step {
  const step: Readonly<Record<string, unknown>> = JSON.parse(line);
  if (Array.isArray(step.argv)) return { kind: 'start', argv: step.argv, note: String(step.note) };
  if (step.open !== undefined) return { kind: 'open' };
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
  if (step.recvDescribed !== undefined) {
    const begin = String(step.recvDescribed).replace(/\.\.\.$/, '');
    return { kind: 'receiveDescribed', begin, bytes: Number(step.bytes) };
  }
  return { kind: step.idleMs !== undefined ? 'idle' : 'other' };
}

function sendOf(bytes: Buffer): Step {
  return { kind: 'send', bytes, text: bytes.toString('latin1') };
}

/** The reply's bytes: where they differ from the recording's own way of writing JSON, it has them as `raw`. */
function replyOf(line: string, step: Readonly<Record<string, unknown>>): string {
  if (step.raw !== undefined) return `${String(step.raw)}\r\n`;
  const start = line.indexOf('"recv": ') + '"recv": '.length;
  return `${line.slice(start, -1)}\r\n`;
}
