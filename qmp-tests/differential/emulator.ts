import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from './client.ts';

/** How a process ended: its status, or the signal's number as a negative one. */
export interface ProcessEnd {
  readonly status: number;
  readonly stderr: string;
}

const START_TIMEOUT = 10_000;
const RETRY = 3;
const STOP_TIMEOUT = 2_000;

/** A running emulator, QEMU or ours, in an empty folder of its own, where its sockets are. */
export class Emulator {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #clients: Client[] = [];
  #stderr = '';
  #end: ProcessEnd | undefined;
  readonly ended: Promise<ProcessEnd>;

  /**
   * @param args the command line, with names of sockets and files relative to the folder
   * @param files what is to be in the folder beforehand
   */
  constructor(program: string, args: readonly string[], files: Readonly<Record<string, Uint8Array>> = {}) {
    this.#directory = mkdtempSync(join(tmpdir(), 'qmpsim-live-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.#directory, name), content);
    this.#child = spawn(program, args, {
      cwd: this.#directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, LC_ALL: 'C' },
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk;
    });
    this.ended = new Promise(resolve => {
      const finish = (status: number) => {
        this.#end = { status, stderr: this.#stderr };
        resolve(this.#end);
      };
      this.#child.once('error', error => {
        this.#stderr += error.message;
        finish(-1);
      });
      this.#child.once('close', (status, signal) => finish(status ?? (signal === null ? -1 : -15)));
    });
  }

  /** How the process ended; undefined while it runs. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /**
   * Connects to a socket in the emulator's folder, once it is there.
   * @returns undefined if the process ended instead
   */
  async connect(name: string): Promise<Client | undefined> {
    const path = join(this.#directory, name);
    for (let waited = 0; this.#end === undefined; waited += RETRY) {
      try {
        const client = await Client.connect(path);
        this.#clients.push(client);
        return client;
      } catch (error) {
        if (waited > START_TIMEOUT) throw error;
        // The program has not come as far as listening yet: nothing tells when it has.
        await delay(RETRY);
      }
    }
    return undefined;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the process, if it has not ended itself, and clears up. */
  async stop(): Promise<ProcessEnd> {
    for (const client of this.#clients) client.close();
    if (this.#end === undefined) {
      this.#child.kill('SIGTERM');
      const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT);
      await this.ended;
      clearTimeout(killer);
    }
    rmSync(this.#directory, { recursive: true, force: true });
    return this.ended;
  }
}
