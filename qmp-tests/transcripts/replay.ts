import { join } from 'node:path';
import type { Client } from '../differential/client.ts';
import { Emulator, type ProcessEnd } from '../differential/emulator.ts';
import { canonical, eventOf } from '../differential/messages.ts';
import type { Exchange, Section } from './recording.ts';

/** What we said otherwise than QEMU. */
export interface Difference {
  /** Line of the recording: of what the client did, or the section's where it is about all of it. */
  readonly line: number;
  /** What the client had sent, or done. */
  readonly sent: string;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

/** How long an answer may take, ms. */
const PATIENCE = 2_000;

/** Comes when QEMU's threads have let go of the device: some time after the reply, maybe after the next. */
const DEFERRED = 'DEVICE_DELETED';

/** The recordings' host: without KVM and IOMMU, but with a PCI device. */
const HOST = join(import.meta.dirname, 'testdata/host.json');

/** The last message of each conversation: what comes before its reply should have come with the others. */
const FAREWELL = '{"execute":"query-name","id":"farewell"}\n';

/** What one connection should still bring, and what it has brought, of deferred events. */
interface Conversation {
  readonly client: Client;
  readonly deferred: { readonly expected: string[]; readonly actual: string[] };
}

/** Plays the client's part of a recorded section to our program. @returns where the answers differ */
export async function replay(section: Section, program: string): Promise<readonly Difference[]> {
  const args = [...section.argv.slice(1), '-guest', 'none', '-host', HOST];
  const emulator = new Emulator(program, args);
  try {
    return await new Replay(section, emulator).run();
  } finally {
    await emulator.stop();
  }
}

class Replay {
  readonly #conversations = new Map<string, Conversation>();
  readonly #differences: Difference[] = [];

  constructor(
    private readonly section: Section,
    private readonly emulator: Emulator,
  ) {}

  async run(): Promise<readonly Difference[]> {
    for (const exchange of this.section.exchanges) {
      await this.#exchange(exchange);
      if (this.#differences.length > 0 && this.#isOver) break;
    }
    await this.#farewell();
    await this.#compareEnd();
    return this.#differences;
  }

  /** Whether all conversations have come to their end, and with them, it seems, the program. */
  get #isOver(): boolean {
    return [...this.#conversations.values()].every(({ client }) => client.ended);
  }

  #note(line: number, sent: string, expected: readonly string[], actual: readonly string[]): void {
    if (!same(expected, actual)) this.#differences.push({ line, sent, expected, actual });
  }

  async #exchange(exchange: Exchange): Promise<void> {
    const { action, connection } = exchange;
    const conversation = this.#conversations.get(connection);
    switch (action.kind) {
      case 'open': {
        if (conversation !== undefined) this.#compareDeferred(connection, conversation);
        const client = await this.emulator.connect(action.socket);
        if (client === undefined) return;
        this.#conversations.set(connection, { client, deferred: { expected: [], actual: [] } });
        break;
      }
      case 'send':
        conversation?.client.send(action.bytes);
        break;
      case 'sendMany':
      case 'other':
        break;
      case 'close':
        conversation?.client.close();
        return;
      case 'shutdownWrite':
        conversation?.client.shutdownWrite();
        break;
      case 'signal':
        this.emulator.signal(action.signal);
        break;
    }
    for (const name of new Set([connection, ...exchange.arrivals.map(arrival => arrival.connection)])) {
      const talking = this.#conversations.get(name);
      if (talking !== undefined) await this.#compare(name, talking, exchange);
    }
  }

  async #compare(name: string, { client, deferred }: Conversation, exchange: Exchange): Promise<void> {
    const arrivals = exchange.arrivals.filter(arrival => arrival.connection === name);
    const expected: string[] = [];
    const actual: string[] = [];
    const takeLines = () => {
      for (const line of client.takeLines())
        (eventOf(line) === DEFERRED ? deferred.actual : actual).push(canonical(line));
    };
    for (const arrival of arrivals) {
      switch (arrival.kind) {
        case 'line': {
          const isDeferred = eventOf(arrival.line) === DEFERRED;
          const [wanted, got] = isDeferred ? [deferred.expected, deferred.actual] : [expected, actual];
          wanted.push(canonical(arrival.line));
          const arrived = () => {
            takeLines();
            return got.length >= wanted.length;
          };
          await client.until(arrived, PATIENCE);
          break;
        }
        case 'text':
          await client.until(() => client.pending.length >= arrival.text.length, PATIENCE);
          expected.push(withoutTime(arrival.text));
          actual.push(withoutTime(client.takeText(arrival.text.length)));
          break;
        case 'long':
          await client.until(() => client.pending.length >= arrival.length, PATIENCE);
          expected.push(`${arrival.begin}… ${arrival.length} bytes`);
          actual.push(`${client.pending.slice(0, arrival.begin.length)}… ${client.takeText().length} bytes`);
          break;
        case 'end':
          await client.until(() => client.ended, PATIENCE);
          expected.push('end of file');
          actual.push(client.ended ? 'end of file' : 'open');
          break;
        case 'silence':
          // What comes too much shows before the next reply.
          break;
      }
    }
    takeLines();
    this.#note(exchange.line, describe(exchange), expected, actual);
  }

  /** Waits for what is still on its way: nothing but what is deferred should be. */
  async #farewell(): Promise<void> {
    for (const [name, conversation] of this.#conversations) {
      const { client, deferred } = conversation;
      const lines: string[] = [];
      if (!client.ended) client.send(FAREWELL);
      const answered = () => {
        lines.push(...client.takeLines());
        return lines.at(-1)?.includes('"farewell"') ?? false;
      };
      const isAnswered = await client.until(answered, PATIENCE);
      const surplus = lines.slice(0, isAnswered ? -1 : undefined);
      const isDeferred = (line: string) => eventOf(line) === DEFERRED;
      deferred.actual.push(...surplus.filter(isDeferred).map(canonical));
      this.#compareDeferred(name, conversation);
      const others = surplus.filter(line => !isDeferred(line)).map(canonical);
      this.#note(this.section.line, `nothing more${on(name)}`, [], others);
    }
  }

  /** What was deferred must have come by the end, in QEMU's order. */
  #compareDeferred(name: string, { deferred }: Conversation): void {
    this.#note(this.section.line, `all ${DEFERRED}${on(name)}`, deferred.expected, deferred.actual);
  }

  async #compareEnd(): Promise<void> {
    const expected = this.section.end;
    if (expected === undefined && !this.#isOver) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>(resolve => {
      timer = setTimeout(() => resolve(undefined), PATIENCE);
    });
    const end = await Promise.race([this.emulator.ended, late]);
    clearTimeout(timer);
    this.#note(this.section.line, 'end', lastWords(expected), lastWords(end));
  }
}

function on(name: string): string {
  return name === '' ? '' : ` on monitor ${name}`;
}

/** The status and what was said on the way, without what the system adds: names of programs, who sent a signal. */
function lastWords(end: ProcessEnd | undefined): string[] {
  if (end === undefined) return ['still running'];
  const { status, stderr } = end;
  const words = stderr.replace(/^(qemu|qmpsim)-system-\w+: /gm, '').replace(/ from pid .*/g, '');
  return [`exit ${status}`, ...words.split('\n').filter(line => line !== '')];
}

function describe({ action }: Exchange): string {
  switch (action.kind) {
    case 'open':
      return `open ${action.socket}`;
    case 'send':
      return action.bytes.toString('latin1').trim();
    case 'sendMany':
      return action.description;
    case 'signal':
      return action.signal;
    case 'other':
      return action.what;
    case 'close':
    case 'shutdownWrite':
      return action.kind;
  }
}

function withoutTime(text: string): string {
  return text.replace(/("(?:micro)?seconds": )\d+/g, '$10');
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
