import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, type NetConnectOpts, type Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'dist/qmpsim-system-ppc64');

/** Longest time for something that should come; what comes takes milliseconds. */
const PATIENCE_MS = 8_000;

/** How a process ended. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The real executable, in an empty folder of its own, where its sockets are. */
export class LiveProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'qmpsim-wire-'));
  readonly child: ChildProcess;
  readonly #connections: Wire[] = [];
  readonly #stderr: Wire;
  #end: ProgramEnd | undefined;
  readonly #ended: Promise<ProgramEnd>;

  constructor(
    args: readonly string[],
    { program = PROGRAM, stdio = false, fds = [] as readonly number[] } = {},
  ) {
    if (!existsSync(PROGRAM)) execFileSync('npm', ['run', 'build'], { cwd: ROOT });
    const standard = stdio ? 'pipe' : 'ignore';
    this.child = spawn(program, args, {
      cwd: this.folder,
      stdio: [standard, standard, 'pipe', ...fds],
      env: { ...process.env, LC_ALL: 'C' },
    });
    this.#stderr = new Wire(this.child.stderr ?? process.stdin);
    this.#ended = once(this.child, 'close').then(([status, signal]) => {
      this.#end = { status, signal, stderr: this.#stderr.text };
      return this.#end;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Standard input and output, where asked for. */
  standard(): Wire {
    const { stdin, stdout } = this.child;
    if (stdin === null || stdout === null) throw new Error('started without standard streams');
    return new Wire(stdout, stdin);
  }

  /** Connects to a unix socket by its name in the folder, once it is there. */
  connect(name = 'qmp.sock'): Promise<Wire> {
    return this.connectTo({ path: join(this.folder, name) });
  }

  async connectTo(options: NetConnectOpts): Promise<Wire> {
    for (let waited = 0; ; waited += 3) {
      const socket = createConnection(options);
      try {
        await once(socket, 'connect');
        const wire = new Wire(socket, socket);
        this.#connections.push(wire);
        return wire;
      } catch (error) {
        if (this.#end !== undefined) throw new Error(`the program has ended: ${this.#end.stderr}`);
        if (waited > PATIENCE_MS) throw error;
        // Nothing tells when the program listens.
        await delay(3);
      }
    }
  }

  /** Waits until this has been said on stderr. */
  complains(text: string): Promise<string> {
    return this.#stderr.until(text);
  }

  /** Whether the process handles a signal itself. */
  catches(signal: NodeJS.Signals): boolean {
    const [, mask = '0'] =
      /^SigCgt:\t([0-9a-f]+)$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1')) ?? [];
    return (BigInt(`0x${mask}`) & (1n << BigInt(constants.signals[signal] - 1))) !== 0n;
  }

  /** Bytes of memory that the process has in use. */
  residentBytes(): number {
    const pages = readFileSync(`/proc/${this.pid}/statm`, 'latin1').split(' ')[1];
    return Number(pages) * 4096;
  }

  /** Waits for the process to end. */
  ended(): Promise<ProgramEnd> {
    return soon(this.#ended, 'the end of the process');
  }

  async stop(): Promise<ProgramEnd> {
    for (const connection of this.#connections) connection.close();
    if (this.#end === undefined) this.child.kill('SIGKILL');
    const end = await this.ended();
    rmSync(this.folder, { recursive: true, force: true });
    return end;
  }
}

/** A connection as bytes. */
export class Wire {
  #text = '';
  #ended = false;
  #changed: () => void = () => {};

  constructor(
    readonly input: Readable,
    readonly output?: Writable,
  ) {
    input.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#changed();
    });
    const ended = () => {
      this.#ended = true;
      this.#changed();
    };
    input.on('end', ended).on('close', ended).on('error', ended);
    output?.on('error', () => {});
  }

  /** What has come and was not taken yet; each character a byte. */
  get text(): string {
    return this.#text;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** As the socket that it is, for tests that do strange things to it. */
  get socket(): Socket {
    // Wires to sockets are made from sockets.
    return this.output as Socket;
  }

  send(bytes: string | Uint8Array): void {
    this.output?.write(bytes);
  }

  /** Takes everything up to the end of this text, once it is there. */
  async until(text: string): Promise<string> {
    await this.#wait(() => this.#text.includes(text), text);
    return this.take(this.#text.indexOf(text) + text.length);
  }

  /** Waits for so many bytes, and takes them. Fewer if the peer closes. */
  async bytes(count: number): Promise<string> {
    await this.#wait(() => this.#text.length >= count || this.#ended, `${count} bytes`);
    return this.take(count);
  }

  take(count = this.#text.length): string {
    const taken = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    return taken;
  }

  /** The next line, without its end. */
  async line(): Promise<string> {
    return (await this.until('\r\n')).slice(0, -2);
  }

  /** Sends a command and takes what comes up to its reply: that with the id. */
  async execute(command: string, args?: object): Promise<unknown> {
    const id = `#${Math.random()}`;
    this.send(JSON.stringify({ execute: command, arguments: args, id }));
    for (;;) {
      const line = await this.line();
      if (!line.startsWith('{')) continue;
      const message: unknown = JSON.parse(line);
      const reply = new Map(Object.entries(Object(message)));
      if (reply.get('id') === id) return reply.get('error') ?? reply.get('return');
    }
  }

  /** Greeting and negotiation. */
  async negotiate(enable: readonly string[] = []): Promise<this> {
    await this.line();
    await this.execute('qmp_capabilities', { enable });
    return this;
  }

  async end(): Promise<void> {
    await this.#wait(() => this.#ended, 'the end');
  }

  close(): void {
    this.output?.destroy();
  }

  async #wait(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!condition()) {
      if (this.#ended) throw new Error(`closed before '${what}', after '${this.#text.slice(-200)}'`);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`nothing like '${what}' in '${this.#text.slice(-200)}'`);
      await soon(
        new Promise<void>(resolve => {
          this.#changed = resolve;
        }),
        `'${what}' after '${this.#text.slice(-200)}'`,
        left,
      );
    }
  }
}

/** The same promise, but not for ever. */
export async function soon<T>(promise: Promise<T>, what: string, ms = PATIENCE_MS): Promise<T> {
  const giveUp = new AbortController();
  const late = delay(ms, undefined, { signal: giveUp.signal }).then((): never => {
    throw new Error(`waited too long for ${what}`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    giveUp.abort();
  }
}
