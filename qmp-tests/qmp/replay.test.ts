import assert from 'node:assert/strict';
import type { MemoryChardev, MemoryClient } from './memory-chardev.ts';
import { TestServer } from './test-server.ts';
import { described, type Step, transcript, withoutTime } from './transcripts.ts';

/** Commands in the recordings that belong to the machine, not to the protocol. */
const NOT_HERE =
  /"(balloon|p?memsave|migrate-.*|set_password|chardev-.*|human-monitor-command|device.*|qom-list-properties|query-c.*|query-g.*|query-r.*|query-st.*s|xen-.*|add_client|.*fd|set_link|send-key|input-send-event|screendump|trace.*|watchdog.*|set-action|memsave)"/;

/** Replays a recording, and compares what the client is sent byte by byte. */
class Replay {
  #server = new TestServer();
  #chardev: MemoryChardev = this.#server.chardev();
  #client: MemoryClient | undefined;
  #sent = '';
  #skipping = false;
  #isMux = false;
  #received = '';

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#step(step);
    this.#nothingMore();
  }

  async #step(step: Step): Promise<void> {
    switch (step.kind) {
      case 'start': {
        this.#nothingMore();
        const pretty =
          step.argv.includes('-qmp-pretty') || step.argv.some(word => word.includes('pretty=on'));
        this.#server = new TestServer();
        this.#server.status = step.argv.includes('-S') ? 'prelaunch' : 'running';
        this.#chardev = this.#server.chardev({ pretty });
        this.#client = undefined;
        this.#isMux = step.argv.some(word => word.includes('mux=on'));
        break;
      }
      case 'open':
        this.#nothingMore();
        this.#skipping = false;
        if (!this.#isMux) this.#client = this.#chardev.connect();
        break;
      case 'send':
        await this.#send(step.bytes, step.text);
        break;
      case 'sendDescribed': {
        const bytes = described(step.description);
        this.#nothingMore();
        this.#skipping = bytes === undefined;
        if (bytes !== undefined) await this.#send(bytes, step.description);
        break;
      }
      case 'receive':
        this.#expect(step.text);
        break;
      case 'receiveAgain':
        this.#expectAmong(step.text, step.count);
        break;
      case 'receiveDescribed':
        if (this.#skipping) break;
        assert.equal(this.#received.length, step.bytes);
        assert.ok(this.#received.startsWith(step.begin), step.begin);
        this.#received = '';
        break;
      case 'idle':
        this.#nothingMore();
        break;
      case 'other':
        break;
    }
  }

  async #send(bytes: Uint8Array, text: string): Promise<void> {
    if (NOT_HERE.test(text)) this.#skipping = true;
    else if (this.#skipping && text.includes('"execute"')) this.#skipping = false;
    if (this.#skipping || this.#client === undefined) return;
    this.#sent = text;
    this.#client.send(bytes);
    await this.#server.settle();
    this.#received += this.#client.take();
  }

  #expect(text: string): void {
    if (this.#skipping || this.#client === undefined) return;
    this.#received += this.#client.take();
    const actual = withoutTime(this.#received);
    const expected = withoutTime(text);
    assert.equal(actual.slice(0, expected.length), expected, `after ${this.#sent.slice(0, 200)}`);
    this.#received = actual.slice(expected.length);
  }

  /** Some of many replies, whose order the recording does not tell. */
  #expectAmong(text: string, count: number): void {
    if (this.#skipping) return;
    const lines = this.#received.split(/(?<=\n)/);
    let found = 0;
    this.#received = lines.filter(line => line !== text || found++ >= count).join('');
    assert.ok(found >= count, `${count} times ${text} after ${this.#sent.slice(0, 200)}`);
  }

  #nothingMore(): void {
    if (this.#client === undefined) return;
    assert.equal(this.#received, '', `after ${this.#sent.slice(0, 200)}`);
  }
}

describe('recordings of QEMU, replayed', () => {
  for (const name of ['negotiation', 'framing', 'request-shape', 'malformed', 'limits']) {
    it(name, async () => {
      await new Replay().run(transcript(`protocol-${name}`));
    });
  }
});
