import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export const ROOT = join(import.meta.dirname, '../..');

/** No program of these tests runs longer. */
const LONGEST_MS = 15_000;

/** A file that `npm run build` makes. */
export function built(name: string): string {
  const path = join(ROOT, 'dist', name);
  assert.ok(existsSync(path), `${path} is missing: run 'npm run build' first`);
  return path;
}

/** A folder of its own for one test, and the programs started in it; `dispose` ends and removes all. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'qmpsim-built-'));
  readonly #children: ChildProcess[] = [];

  spawn(program: string, ...words: readonly string[]) {
    const child = spawn(program, words, { cwd: this.folder, timeout: LONGEST_MS });
    this.#children.push(child);
    return child;
  }

  /** Runs a program to its end. */
  async run(program: string, ...words: readonly string[]) {
    const child = this.spawn(program, ...words);
    child.stdin.end();
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { status, stdout, stderr };
  }

  async dispose(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** What a program prints, taken piece by piece. */
export class Output {
  #text = '';
  #ended = false;
  #changed: () => void = () => {};

  constructor(stream: Readable) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      this.#text += chunk;
      this.#changed();
    });
    stream.once('close', () => {
      this.#ended = true;
      this.#changed();
    });
  }

  /** Takes the next `count` lines, or the fewer there are until the program ends. */
  async lines(count: number): Promise<string> {
    for (;;) {
      const end = this.#endOf(count);
      if (end !== undefined || this.#ended) {
        const taken = this.#text.slice(0, end);
        this.#text = this.#text.slice(taken.length);
        return taken;
      }
      await new Promise<void>(resolve => {
        this.#changed = resolve;
      });
    }
  }

  /** Where the line number `count` ends, if it has come. */
  #endOf(count: number): number | undefined {
    let end = 0;
    for (let line = 0; line < count; line++) {
      end = this.#text.indexOf('\n', end) + 1;
      if (end === 0) return undefined;
    }
    return end;
  }
}
