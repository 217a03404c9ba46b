import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as passTime } from 'node:timers/promises';
import { builtProgram } from './program.ts';

/**
 * A line of a conversation, in the format of our recordings of QEMU: a remark, what the client sends, or a
 * line that it receives (there as JSON, here as text).
 */
type Line =
  | { readonly kind: 'argv' | 'note' | 'open' | 'eof'; readonly text: string }
  | { readonly kind: 'send'; readonly text: string; readonly bytes: string }
  | { readonly kind: 'recv'; readonly text: string; readonly json: string };

/** One process and one client's conversation with it. */
export class Transcript {
  private constructor(
    private readonly lines: readonly Line[],
    /** Words of the command line, the program first; the monitor is on the socket `qmp.sock`. */
    private readonly argv: readonly string[],
  ) {}

  static read(path: string): Transcript {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').map(parseLine);
    const start: { argv?: readonly string[] } = JSON.parse(lines[0]?.text ?? '{}');
    if (start.argv === undefined) throw new Error(`${path} does not begin with a command line`);
    return new Transcript(lines, start.argv);
  }

  /** Has the conversation again, and compares every byte but those of time stamps. */
  async replay(): Promise<void> {
    await this.#talk(async (socket, received) => {
      for (const line of this.lines) {
        if (line.kind === 'send') socket.write(line.bytes);
        if (line.kind === 'recv') assert.equal(withoutTime(await received()), withoutTime(line.json));
        if (line.kind === 'eof') assert.equal(await received(), undefined);
      }
    });
  }

  /** Sends what the client sent and takes whatever comes. @returns the new transcript's text */
  async record(): Promise<string> {
    const text: string[] = [];
    await this.#talk(async (socket, received) => {
      for (const line of this.lines) {
        if (line.kind === 'recv' || line.kind === 'eof') continue;
        text.push(line.text);
        if (line.kind === 'argv' || line.kind === 'note') continue;
        if (line.kind === 'send') socket.write(line.bytes);
        // The reply, and what follows for a while.
        for (let next = received(); ; next = received()) {
          const quiet = passTime(QUIET_MS, 'quiet' as const);
          const got = await Promise.race([next, quiet]);
          if (got === 'quiet') {
            received.putBack(next);
            break;
          }
          text.push(got === undefined ? '{"eof": true}' : `{"recv": ${got}}`);
          if (got === undefined) return;
        }
      }
    });
    return `${text.join('\n')}\n`;
  }

  async #talk(conversation: (socket: Socket, received: Inbox) => Promise<void>): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'qmpsim-transcript-'));
    const server = createServer();
    await once(server.listen(join(directory, 'qmp.sock')), 'listening');
    // Here it is the program that connects; what it says is the same.
    const [program = '', ...words] = this.argv.map(word =>
      word.replace(/(qmp\.sock),server=on,wait=off/, '$1'),
    );
    assert(program === 'qmpsim-system-ppc64' || program === 'qmpsim-system-x86_64');
    const child = spawn(builtProgram(program), words, {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    const ended = once(child, 'exit');
    try {
      const connected: Promise<Socket[]> = once(server, 'connection');
      const [socket] = await Promise.race([connected, ended.then(() => [])]);
      assert(socket !== undefined, 'the program ended');
      await conversation(socket, inboxOf(socket));
      socket.destroy();
    } finally {
      server.close();
      child.kill('SIGKILL');
      await ended;
      rmSync(directory, { recursive: true });
    }
  }
}

const QUIET_MS = 100;

/** Takes the next line; undefined at the end. */
interface Inbox {
  (): Promise<string | undefined>;
  putBack(line: Promise<string | undefined>): void;
}

function inboxOf(socket: Socket): Inbox {
  const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  const returned: Promise<string | undefined>[] = [];
  const take = () => returned.shift() ?? lines.next().then(({ value }): string | undefined => value);
  return Object.assign(take, { putBack: (line: Promise<string | undefined>) => returned.push(line) });
}

function parseLine(text: string): Line {
  const value: Readonly<Record<string, unknown>> = JSON.parse(text);
  if (typeof value.send === 'string') return { kind: 'send', text, bytes: value.send };
  // The reply itself is compared as it was written.
  if (value.recv !== undefined) return { kind: 'recv', text, json: text.slice('{"recv": '.length, -1) };
  if (value.open !== undefined) return { kind: 'open', text };
  if (value.eof !== undefined) return { kind: 'eof', text };
  return { kind: value.argv === undefined ? 'note' : 'argv', text };
}

function withoutTime(line: string | undefined): string | undefined {
  return line?.replace(/("(?:micro)?seconds": )\d+/g, '$10');
}
