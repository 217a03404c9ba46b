import { join } from 'node:path';
import type { Client } from '../differential/client.ts';
import { Emulator, type ProcessEnd } from '../differential/emulator.ts';
import { canonical, eventOf } from '../differential/messages.ts';
import { ourProgram } from '../differential/programs.ts';
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
const QTEST_FAREWELL = { sent: 'endianness\n', reply: /^(OK (?:big|little)\n)$/m };

/** Connections that speak the qtest protocol. */
const QTEST = /^qtest/;

/** What QEMU's firmware has left in memory where the recordings look. There is none here: the client puts it there. */
const FIRMWARE_IN_MEMORY = [
  ['0x100', '48003f00'],
  ['0x1000', '7c1043a67c0902a6'],
  ['0x2100', '7c1043a6'],
  // All but the bytes in between, which the first node's name covers.
  ['0x400c', '798c83c67d6b6378'],
  [
    '0x401f',
    '0a480000453860000d4800003d3860000a48000035386000534800002d3860004c480000253860004f4800001d386000' +
      '46480000154800026d386049147c6903a6',
  ],
] as const;

/** What one connection should still bring, and what it has brought, of deferred events. */
interface Conversation {
  readonly client: Client;
  readonly deferred: { readonly expected: string[]; readonly actual: string[] };
}

/** Plays the client's part of a recorded section to our program. @returns where the answers differ */
export async function replay(section: Section): Promise<readonly Difference[]> {
  const [program = '', ...words] = section.argv;
  const args = [...words, '-guest', 'none', '-host', HOST];
  const emulator = new Emulator(ourProgram(program.replace('qemu', 'qmpsim')), args);
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
        if (connection === 'qtest') await fillMemory(client);
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
          if (QTEST.test(name)) {
            await client.until(() => client.pending.includes('\n'), PATIENCE);
            expected.push(withoutDate(arrival.text));
            actual.push(withoutDate(client.takeLine()));
            break;
          }
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
          // Who is answered is not sent away.
          await client.until(() => client.ended || (QTEST.test(name) && client.pending !== ''), PATIENCE);
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
      if (QTEST.test(name)) {
        await this.#qtestFarewell(name, client);
        continue;
      }
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

  async #qtestFarewell(name: string, client: Client): Promise<void> {
    if (!client.ended) client.send(QTEST_FAREWELL.sent);
    await client.until(() => QTEST_FAREWELL.reply.test(client.pending), PATIENCE);
    const surplus = client.takeText().replace(QTEST_FAREWELL.reply, '');
    this.#note(this.section.line, `nothing more${on(name)}`, [], surplus === '' ? [] : [surplus]);
  }

  /** What was deferred must have come by the end, in QEMU's order. */
  #compareDeferred(name: string, { deferred }: Conversation): void {
    this.#note(this.section.line, `all ${DEFERRED}${on(name)}`, deferred.expected, deferred.actual);
  }

  async #compareEnd(): Promise<void> {
    const expected = this.section.end;
    if (expected === undefined && !this.#isOver) return;
    const crashed = expected !== undefined && expected.status < 0;
    if (crashed && !this.#isOver) {
      this.#note(this.section.line, 'end', lastWords(expected), lastWords(undefined));
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>(resolve => {
      timer = setTimeout(() => resolve(undefined), PATIENCE);
    });
    const end = await Promise.race([this.emulator.ended, late]);
    clearTimeout(timer);
    this.#note(this.section.line, 'end', lastWords(expected), lastWords(end));
  }
}

async function fillMemory(client: Client): Promise<void> {
  for (const [address, bytes] of FIRMWARE_IN_MEMORY) {
    client.send(`write ${address} ${bytes.length / 2} 0x${bytes}\n`);
    await client.until(() => client.takeLine() === 'OK\n', PATIENCE);
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

/** The same without dates in memory: of `get-time-of-day`, of which the year is read again later, and of error logs. */
function withoutDate(text: string): string {
  return text
    .replace(/^OK 0x0{8}000007[\da-f]{50}$/m, 'OK (date)')
    .replace(/^OK 0xfffffffd000007[\da-f]{2}$/m, 'OK 0xfffffffd (year)')
    .replace(/(49424d0050480030)0{8}20\d{12}00/, '$1 (date) ');
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
