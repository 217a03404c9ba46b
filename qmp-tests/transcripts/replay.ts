import type { Client } from '../differential/client.ts';
import { Emulator } from '../differential/emulator.ts';
import { canonical, eventOf } from '../differential/messages.ts';
import type { Exchange, Section } from './recording.ts';

/** An exchange in which we said something else than QEMU. */
export interface Difference {
  /** Line of the recording. */
  readonly line: number;
  /** What the client had sent, or done. */
  readonly sent: string;
  readonly expected: readonly string[];
  readonly actual: readonly string[];
}

export interface SectionResult {
  readonly section: Section;
  /** Why the section could not be replayed at all. */
  readonly refused?: string;
  readonly exchanges: number;
  readonly differences: readonly Difference[];
}

/** How long an answer may take. */
const PATIENCE = 2_000;
/** How long to listen for what should not come. */
const SILENCE = 30;

/** Comes when QEMU's threads have let go of the device: some time after the reply, maybe after the next. */
const DEFERRED = 'DEVICE_DELETED';

/** What one connection should still bring, and what it has brought, of deferred events. */
interface Conversation {
  readonly client: Client;
  readonly deferred: { readonly expected: string[]; readonly actual: string[] };
}

/** Plays the client's part of a recording to our program. */
export class Replay {
  readonly #conversations = new Map<string, Conversation>();
  readonly #differences: Difference[] = [];
  #sentBefore = '';

  private constructor(
    private readonly section: Section,
    private readonly emulator: Emulator,
  ) {}

  static async run(section: Section, program: string): Promise<SectionResult> {
    const emulator = new Emulator(program, [...section.argv.slice(1), '-guest', 'none']);
    const replay = new Replay(section, emulator);
    try {
      const refused = await replay.#run();
      return {
        section,
        ...(refused === undefined ? {} : { refused }),
        exchanges: section.exchanges.length,
        differences: replay.#differences,
      };
    } finally {
      await emulator.stop();
    }
  }

  async #run(): Promise<string | undefined> {
    for (const exchange of this.section.exchanges) {
      if (!(await this.#exchange(exchange))) return this.emulator.end?.stderr.trim() ?? 'no answer';
    }
    this.#compareDeferred();
    const { status } = this.section;
    if (status !== undefined) await this.#expectEnd(status);
    return undefined;
  }

  /** @returns false if there is no program to talk to */
  async #exchange(exchange: Exchange): Promise<boolean> {
    const { action, connection } = exchange;
    const conversation = this.#conversations.get(connection);
    switch (action.kind) {
      case 'open': {
        this.#compareDeferred(connection);
        const client = await this.emulator.connect(action.socket);
        if (client === undefined) return this.section.status !== undefined && this.#conversations.size > 0;
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
        break;
      case 'shutdownWrite':
        conversation?.client.shutdownWrite();
        break;
      case 'signal':
        this.emulator.signal(action.signal);
        break;
    }
    const sent = describe(exchange);
    for (const name of new Set([connection, ...exchange.arrivals.map(arrival => arrival.connection)])) {
      await this.#compare(name, exchange, sent);
    }
    this.#sentBefore = sent;
    return true;
  }

  async #compare(name: string, exchange: Exchange, sent: string): Promise<void> {
    const conversation = this.#conversations.get(name);
    if (conversation === undefined || exchange.action.kind === 'close') return;
    const { client, deferred } = conversation;
    const arrivals = exchange.arrivals.filter(arrival => arrival.connection === name);
    const expected: string[] = [];
    const actual: string[] = [];
    const arrive = (line: string) => {
      (eventOf(line) === DEFERRED ? deferred.actual : actual).push(canonical(line));
    };
    for (const arrival of arrivals) {
      switch (arrival.kind) {
        case 'line': {
          const isDeferred = eventOf(arrival.line) === DEFERRED;
          const [wanted, got] = isDeferred ? [deferred.expected, deferred.actual] : [expected, actual];
          wanted.push(canonical(arrival.line));
          const arrived = () => {
            for (const line of client.takeLines()) arrive(line);
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
          await client.until(() => false, SILENCE);
          break;
      }
    }
    for (const line of client.takeLines()) arrive(line);
    if (client.pending !== '' && !arrivals.some(({ kind }) => kind === 'text'))
      actual.push(client.takeText());
    if (!same(expected, actual)) this.#differences.push({ line: exchange.line, sent, expected, actual });
  }

  /** What was deferred must have come by the end, in QEMU's order. */
  #compareDeferred(only?: string): void {
    for (const [name, { client, deferred }] of this.#conversations) {
      if (only !== undefined && only !== name) continue;
      for (const line of client.takeLines())
        if (eventOf(line) === DEFERRED) deferred.actual.push(canonical(line));
      if (same(deferred.expected, deferred.actual)) continue;
      const { line } = this.section;
      this.#differences.push({
        line,
        sent: `all ${DEFERRED} of ${name === '' ? 'the section' : `monitor ${name}`}`,
        expected: deferred.expected,
        actual: deferred.actual,
      });
    }
  }

  async #expectEnd(status: number): Promise<void> {
    const timeout = new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), PATIENCE).unref());
    const end = await Promise.race([this.emulator.ended, timeout]);
    const actual = end === undefined ? 'still running' : `exit ${end.status}`;
    if (actual !== `exit ${status}`) {
      this.#differences.push({
        line: this.section.line,
        sent: this.#sentBefore,
        expected: [`exit ${status}`],
        actual: [actual],
      });
    }
  }
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
