import type { Clock } from '../base/clock.ts';
import { words } from './big-endian.ts';

/** What a guest can be told of by an exception (PAPR 2.7, chapter 10). */
export type PlatformEvent =
  | { readonly kind: 'powerdown' }
  | {
      readonly kind: 'hotplug';
      readonly action: 'add' | 'remove';
      /** Index of the connector, or of the first of several. */
      readonly drcIndex: number;
      readonly count?: number;
    };

interface Entry {
  readonly event: PlatformEvent;
  readonly number: number;
  readonly time: Date;
}

/** As many events are kept for a guest that never asks. */
const MOST_PENDING = 1024;

/** A hotplug section's type of resource, by the type in a connector's index (PAPR 2.7, table 153). */
const RESOURCES: Readonly<Record<number, number>> = { 1: 1, 2: 4, 4: 5, 8: 2, 9: 6 };
const DRC_TYPE_SHIFT = 28;
const ACTIONS = { add: 1, remove: 2 } as const;
/** How a resource is named: by its connector, by a number of connectors, or by that and the first of them. */
const BY_INDEX = 2;
const BY_COUNT = 3;
const BY_COUNT_AND_INDEX = 4;

/** First words: version 6, severity, fully recovered or not, an extended log follows, its kind. */
const HEADER = { hotplug: 0x063460e5, powerdown: 0x06340040 } as const;
const EXTENDED_LOG_LENGTH = 108;

/** Events that wait until the guest asks for them, as it does when it is interrupted. */
export class EventLog {
  readonly #pending: Entry[] = [];
  #count = 0;

  constructor(private readonly clock: Clock) {}

  add(event: PlatformEvent): void {
    const time = new Date(this.clock.wallMicroseconds() / 1000);
    this.#pending.push({ event, number: this.#count++, time });
    if (this.#pending.length > MOST_PENDING) this.#pending.shift();
  }

  /** Takes the oldest event. @returns its error log, undefined if there is none */
  take(): Uint8Array | undefined {
    const entry = this.#pending.shift();
    return entry === undefined ? undefined : render(entry);
  }

  clear(): void {
    this.#pending.length = 0;
  }
}

/** An RTAS error log in version 6 of its format, with the sections that its kind of event has (PAPR 2.7, 10.3.2). */
function render(entry: Entry): Uint8Array {
  const { event } = entry;
  return Buffer.concat([
    words(HEADER[event.kind], EXTENDED_LOG_LENGTH),
    words(0x86008e00, 0, 0),
    Buffer.from('IBM\0'),
    section('PH', 0, privateHeader(entry)),
    section('UH', 0, words(event.kind === 'hotplug' ? 0x80000000 : 0xa00000d0, 0, 0, 0)),
    event.kind === 'hotplug'
      ? section('HP', 1, hotplugSection(event))
      : section('EP', 2, words(0x03010100, 0, 0)),
  ]);
}

function section(name: string, version: number, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(name);
  head.writeUInt16BE(head.length + content.length, 2);
  head.writeUInt8(version, 4);
  return Buffer.concat([head, content]);
}

/** When it happened, in decimal digits; who tells of it, in how many sections; the log's number. */
function privateHeader({ number, time }: Entry): Buffer {
  const [date = '', clock = ''] = time.toISOString().split('T');
  const logNumber = Buffer.alloc(4);
  logNumber.writeUInt32LE(number);
  return Buffer.concat([
    Buffer.from(date.replaceAll('-', '') + clock.slice(0, 'hh:mm:ss'.length).replaceAll(':', ''), 'hex'),
    Buffer.alloc(9),
    Buffer.from('H\0\0\x03'),
    words(0, 0, 0),
    logNumber,
    words(0),
  ]);
}

function hotplugSection({
  action,
  drcIndex,
  count,
}: Extract<PlatformEvent, { readonly kind: 'hotplug' }>): Buffer {
  const by = count === undefined ? BY_INDEX : action === 'add' ? BY_COUNT : BY_COUNT_AND_INDEX;
  const head = Buffer.from([RESOURCES[drcIndex >>> DRC_TYPE_SHIFT] ?? 0, ACTIONS[action], by, 0]);
  const name = count === undefined ? [drcIndex, 0] : [count, by === BY_COUNT ? 0 : drcIndex];
  return Buffer.concat([head, words(...name)]);
}
