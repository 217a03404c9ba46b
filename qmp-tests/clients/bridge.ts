import assert from 'node:assert/strict';
import { type ChildProcessByStdio, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { soon } from '../qmp/live-program.ts';

/** A line that a bridge prints: an answer, or an event that its client was told. */
interface Line {
  readonly return?: unknown;
  readonly error?: string;
  readonly event?: { readonly event: string; readonly data: unknown };
}

/** A client in another language, behind a small program that makes a call for each line of its input. */
export class Bridge {
  /** The events so far. */
  readonly events: Line['event'][] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #answers: Line[] = [];
  readonly #stderr: Promise<string>;
  #ended = false;
  #changed: () => void = () => {};

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#stderr = text(this.#child.stderr);
    this.#child.stdin.on('error', () => {});
    createInterface({ input: this.#child.stdout })
      .on('line', content => {
        const line: Line = JSON.parse(content);
        if (line.event === undefined) this.#answers.push(line);
        else this.events.push(line.event);
        this.#changed();
      })
      .on('close', () => {
        this.#ended = true;
        this.#changed();
      });
  }

  /** @returns what the client makes of the reply. @throws (rejects) with the client's own words */
  async call(request: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    await this.#until(() => this.#answers.length > 0, JSON.stringify(request));
    const answer = this.#answers.shift();
    if (answer?.error !== undefined) throw new Error(answer.error);
    return answer?.return;
  }

  /** Takes the next event of this name, once it is there. @returns its data */
  async event(name: string): Promise<unknown> {
    const isWanted = (event: Line['event']) => event?.event === name;
    await this.#until(() => this.events.some(isWanted), name);
    return this.events.splice(this.events.findIndex(isWanted), 1)[0]?.data;
  }

  /** Lets the client disconnect, which it can. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    const [[status], stderr] = await soon(
      Promise.all([once(this.#child, 'close'), this.#stderr]),
      'the client to end',
    );
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      if (this.#ended) throw new Error(`the client ended before ${what}: ${await this.#stderr}`);
      const changed = new Promise<void>(resolve => {
        this.#changed = resolve;
      });
      await soon(changed, what);
    }
  }
}
