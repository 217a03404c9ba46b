import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const MACHINE = ['-M', 'pseries', '-accel', 'tcg', '-S', '-nodefaults', '-display', 'none'];
const NEWLINE = 0x0a;
const RETURN = 0x72;
const TIMESTAMP = 0x74;
/** Where the letter is that tells replies from events. */
const TELLING_COLUMN = 2;
/** Whatever hangs must not hang for ever. */
const PATIENCE_MS = 60_000;

/** A program that can be measured. */
export interface Program {
  readonly name: string;
  readonly path: string;
}

/** Whether a program is installed. */
export function isInstalled(path: string): boolean {
  return spawnSync(path, ['--version']).status === 0;
}

/** A running emulator, paused, and a connection to it that has been greeted and has negotiated. */
export class Emulator {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #socket: Socket;
  #column = 0;
  #kind = 0;
  #replies = 0;
  #wanted = 0;
  #reached: () => void = () => {};

  /** @returns it, and the milliseconds that passed until the greeting came, and until a first command was answered */
  static async start({ path }: Program): Promise<{ emulator: Emulator; greeted: number; answered: number }> {
    const folder = mkdtempSync(join(tmpdir(), 'qmpsim-bench-'));
    const address = join(folder, 'qmp');
    const start = performance.now();
    const child = spawn(path, [...MACHINE, '-qmp', `unix:${address},server=on,wait=off`], {
      stdio: 'ignore',
      timeout: PATIENCE_MS,
    });
    const socket = await listening(address, child);
    await once(socket, 'data');
    const greeted = performance.now() - start;
    const emulator = new Emulator(folder, child, socket);
    await emulator.send('{"execute": "qmp_capabilities"}', 1);
    return { emulator, greeted, answered: performance.now() - start };
  }

  private constructor(folder: string, child: ChildProcess, socket: Socket) {
    this.#folder = folder;
    this.#child = child;
    this.#socket = socket;
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk: Uint8Array) => this.#count(chunk));
  }

  /** Sends commands and waits until so many replies have come. Events are not counted. */
  async send(commands: string, replies: number): Promise<void> {
    this.#wanted += replies;
    this.#socket.write(commands);
    await new Promise<void>(resolve => {
      this.#reached = resolve;
    });
  }

  async quit(): Promise<void> {
    this.#socket.destroy();
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true });
  }

  /** Counts lines by what they begin with: `{"return"`, or `{"timestamp"` for an event. */
  #count(chunk: Uint8Array): void {
    for (let start = 0; start < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, start);
      const length = (end < 0 ? chunk.length : end) - start;
      const tell = TELLING_COLUMN - this.#column;
      if (tell >= 0 && tell < length) this.#kind = chunk[start + tell] ?? 0;
      this.#column += length;
      if (end < 0) break;
      if (this.#kind === RETURN) this.#replies++;
      else if (this.#kind !== TIMESTAMP) this.#socket.destroy(new Error('a command failed'));
      this.#column = 0;
      start = end + 1;
    }
    if (this.#replies >= this.#wanted) this.#reached();
  }
}

async function listening(path: string, child: ChildProcess): Promise<Socket> {
  while (child.exitCode === null && child.signalCode === null) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      await delay(1);
    }
  }
  throw new Error(`${child.spawnfile} ended before it listened`);
}
