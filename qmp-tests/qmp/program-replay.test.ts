import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { QEMU_VERSION } from '../../src/commands/version.ts';
import { commandInfo } from '../../src/generated/commands.ts';
import { LiveProgram, type Wire } from './live-program.ts';
import { described, type Step, transcript, withoutTime } from './transcripts.ts';

/** Replies that speak of the machine, or of all that there is; other tests look at these. */
const NOT_HERE =
  /"(query-commands|query-qmp-schema|query-command-line-options|device-list-properties|qom-list-properties|user-creatable)"/;

/** What QEMU does not have either. */
const NOWHERE =
  /^(no.?such.*|query-events|query_name|query-cpus|change|migrate_set_capabilities|query-name.)$/;

/** How long to listen for what should not come. */
const SILENCE_MS = 20;

/** Replays recordings to the real executable over real sockets, and compares what comes byte by byte. */
class ProgramReplay {
  #program: LiveProgram | undefined;
  readonly #wires = new Map<string, Wire>();
  #skippedSection = false;
  #skipped = false;
  #sent = '';
  readonly #among: string[] = [];

  async run(steps: readonly Step[]): Promise<void> {
    try {
      for (const step of steps) await this.#step(step);
      this.#nothingMore();
    } finally {
      await this.#program?.stop();
    }
  }

  async #step(step: Step): Promise<void> {
    if (step.kind === 'start') {
      this.#nothingMore();
      this.#wires.clear();
      await this.#program?.stop();
      // A text monitor is another room's; a multiplexer sends the first event before the greeting.
      this.#skippedSection = step.argv.some(word => /mode=readline|mux=on/.test(word));
      this.#program = this.#skippedSection ? undefined : new LiveProgram(step.argv.slice(1));
      return;
    }
    const program = this.#program;
    if (program === undefined) return;
    const wire = this.#wires.get(step.monitor);
    switch (step.kind) {
      case 'open':
        this.#skipped = false;
        wire?.close();
        this.#wires.set(step.monitor, await program.connect(step.socket.slice('unix:'.length)));
        return;
      case 'exit': {
        const { status, stderr } = await program.ended();
        assert.equal(status, step.status, stderr);
        return;
      }
      case 'other':
        return;
    }
    if (wire !== undefined) await this.#onWire(step, wire);
  }

  async #onWire(step: Step, wire: Wire): Promise<void> {
    const context = () => `after ${this.#sent.slice(0, 200)}`;
    switch (step.kind) {
      case 'send':
        this.#send(wire, step.bytes, step.text);
        return;
      case 'sendDescribed': {
        const bytes = described(step.description);
        this.#skipped = bytes === undefined;
        if (bytes !== undefined) this.#send(wire, bytes, step.description);
        return;
      }
      case 'close':
        if (this.#skipped) wire.take();
        assert.equal(wire.take(), '', context());
        wire.close();
        this.#wires.delete(step.monitor);
        return;
      case 'shutdownWrite':
        wire.output?.end();
        return;
    }
    if (this.#skipped) return;
    switch (step.kind) {
      case 'receive': {
        const expected = ours(step.text);
        assert.equal(await this.#receive(wire, expected), withoutTime(expected), context());
        return;
      }
      case 'receiveAgain':
        // Some of many replies, whose order the recording does not tell.
        this.#among.push(...new Array(step.count).fill(step.text));
        return;
      case 'receiveDescribed': {
        const text = await wire.bytes(step.bytes);
        assert.equal(text.length, step.bytes);
        assert.ok(text.startsWith(step.begin), step.begin);
        return;
      }
      case 'idle':
        await delay(SILENCE_MS);
        assert.equal(wire.text, '', context());
        return;
      case 'closed':
        await wire.end();
        assert.equal(wire.take(), '', context());
        return;
    }
  }

  /** As much as is expected, without times, whose length varies. */
  async #receive(wire: Wire, expected: string): Promise<string> {
    if (!expected.endsWith('\n')) return wire.bytes(expected.length);
    const lines: string[] = [];
    for (let count = expected.split('\n').length - 1; count > 0; ) {
      const line = await wire.until('\n');
      const other = this.#among.indexOf(line);
      if (other >= 0 && !expected.includes(line)) this.#among.splice(other, 1);
      else {
        lines.push(line);
        count--;
      }
    }
    return withoutTime(lines.join(''));
  }

  #send(wire: Wire, bytes: Uint8Array, text: string): void {
    const commands = [...text.matchAll(/"exec(?:ute|-oob)" *: *"([a-z_-]+)"/g)].map(match => match[1] ?? '');
    const areOurs = commands.every(name => name in commandInfo || NOWHERE.test(name));
    this.#skipped = !areOurs || NOT_HERE.test(text);
    this.#sent = text;
    if (!this.#skipped) wire.send(bytes);
  }

  #nothingMore(): void {
    for (const wire of this.#wires.values()) {
      if (!this.#skipped) assert.equal(wire.text, '', `after ${this.#sent.slice(0, 200)}`);
    }
  }
}

/** What we say where QEMU says its own name. The time of an event is as long as any. */
function ours(text: string): string {
  return text.replace('Debian 1:7.2+dfsg-7+deb12u18+b3', QEMU_VERSION.package);
}

describe('recordings of QEMU, replayed to the executable', function () {
  this.timeout(60_000);
  for (const name of [
    'negotiation',
    'framing',
    'request-shape',
    'malformed',
    'limits',
    'connection',
    'two-monitors',
    'telnet',
  ]) {
    it(name, async () => {
      await new ProgramReplay().run(transcript(`protocol-${name}`));
    });
  }
});
