import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Message, MessageReader } from '../../src/qmp/message-reader.ts';
import { TestServer } from './test-server.ts';

/**
 * How many inputs: `QMPSIM_FUZZ=50 npx mocha …` takes 50 million. The numbers are the same in every run, unless
 * `QMPSIM_FUZZ_SEED` says otherwise.
 */
const INPUTS = Math.round(Number(process.env.QMPSIM_FUZZ ?? '1') * 1e6);
const SEED = Number(process.env.QMPSIM_FUZZ_SEED ?? '1');

/** Small enough to be met often. */
const LIMITS = { nesting: 12, tokens: 100, bytes: 400 };

/** Bytes and pieces of which input is made: the alphabet of the dialect, and what is next to it. */
const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '"',
    "'",
    '\\',
    '0',
    '1',
    '-',
    '.',
    'e',
    '+',
    ' ',
    '\n',
    '\r\n',
    '\t',
    'a',
    'x',
  ],
  ...[
    '{"execute":"',
    '"query-name"',
    '{"execute":"query-name"}',
    '"arguments":{',
    '"id":',
    'true',
    'null',
    'nul',
  ],
  ...[
    '"\\u',
    '\\u0041',
    '\\ud83d\\ude00',
    '\\udc00',
    '\\u0000',
    '\\"',
    '\\n',
    '\\x',
    '1e5',
    '-0',
    '01',
    '0.5',
    '1.',
  ],
  ...[
    '18446744073709551616',
    '-9223372036854775809',
    '1e999',
    '%d',
    '\0',
    '\x01',
    '\x7f',
    '[[[[',
    ']]]]',
    '{}',
  ],
  ...['"a":1', '"a":1,"a":2', '"__proto__":1', '"constructor":{}', '{"id":[', '"exec-oob":"yank"'],
]
  .map(text => Buffer.from(text))
  .concat(
    [
      'ff',
      'fe',
      '80',
      'c0',
      'c080',
      'c3',
      'c3a9',
      'eda080',
      'efbfbf',
      'f4908080',
      'f09f9880',
      'e282',
      'fd',
    ].map(hex => Buffer.from(hex, 'hex')),
  );

/** Marsaglia's xorshift32: fast, and the same everywhere. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** From 0 to below `count`. */
  below(count: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % count;
  }
}

/** Writes an input into the buffer; the bytes written. */
function roll(dice: Dice, buffer: Buffer): number {
  let length = 0;
  for (let pieces = 1 + dice.below(8); pieces > 0; pieces--) {
    if (dice.below(16) === 0) {
      buffer[length++] = dice.below(256);
      continue;
    }
    const piece = PIECES[dice.below(PIECES.length)];
    if (piece === undefined) continue;
    buffer.set(piece, length);
    length += piece.length;
  }
  return length;
}

/** Bytes of the heap that are held by something: what is only garbage has gone. */
function heldMemory(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

function drain(reader: MessageReader): readonly Message[] {
  const messages: Message[] = [];
  for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message);
  return messages;
}

describe('random input', function () {
  this.timeout(20_000 + INPUTS / 20);

  it(`of ${INPUTS} pieces is read to its end, whatever it is`, () => {
    const dice = new Dice(SEED);
    const reader = new MessageReader(LIMITS);
    const buffer = Buffer.alloc(4096);
    let messages = 0;
    let errors = 0;
    const memory = heldMemory();
    for (let count = 0; count < INPUTS; count++) {
      // The reader has read everything before the buffer is used again.
      reader.push(buffer.subarray(0, roll(dice, buffer)));
      for (let message = reader.next(); message !== undefined; message = reader.next()) {
        messages++;
        if ('error' in message) {
          errors++;
          if (!/^JSON (parse error, |(token size|token count|nesting depth) limit)/.test(message.error)) {
            assert.fail(`${message.error} with seed ${SEED}, input ${count}`);
          }
        }
      }
    }
    assert.ok(
      errors > INPUTS / 10 && messages - errors > INPUTS / 100,
      `${messages} messages, ${errors} errors`,
    );
    assert.ok(heldMemory() - memory < 100e6);
    // A client that has made a mess finds its way back: what UTF-8 never has ends every token, and this every value.
    reader.push(
      Buffer.concat([Buffer.from([0xff]), Buffer.from(']}'.repeat(20)), Buffer.from([0xff, 0x0a])]),
    );
    drain(reader);
    reader.push(Buffer.from('{"execute":"query-name","id":1}'));
    assert.deepEqual(drain(reader), [{ value: { execute: 'query-name', id: 1 } }]);
  });

  it('means the same on the fast path and on the slow one', () => {
    const dice = new Dice(SEED + 1);
    const buffer = Buffer.alloc(4096);
    const [fast, slow] = [new MessageReader(LIMITS), new MessageReader(LIMITS, false)];
    for (let count = 0; count < INPUTS / 8; count++) {
      const length = roll(dice, buffer);
      fast.push(buffer.subarray(0, length));
      slow.push(buffer.subarray(0, length));
      for (let message = fast.next(); message !== undefined; message = fast.next()) {
        assert.deepEqual(message, slow.next(), `seed ${SEED}, input ${count}`);
      }
      assert.equal(slow.next(), undefined, `seed ${SEED}, input ${count}`);
    }
  });

  it('means the same however it is cut', () => {
    const dice = new Dice(SEED + 2);
    const buffer = Buffer.alloc(4096);
    const [whole, cut] = [new MessageReader(LIMITS), new MessageReader(LIMITS)];
    for (let count = 0; count < INPUTS / 20; count++) {
      const bytes = Buffer.from(buffer.subarray(0, roll(dice, buffer)));
      whole.push(bytes);
      for (let at = 0; at < bytes.length; ) {
        const end = at + 1 + dice.below(5);
        cut.push(bytes.subarray(at, end));
        at = end;
      }
      assert.deepEqual(drain(cut), drain(whole), `seed ${SEED}, input ${count}`);
    }
  });

  it('never ends a session, and every answer is a line of JSON', async () => {
    const server = new TestServer();
    const client = server.client(['oob']);
    const dice = new Dice(SEED + 3);
    const buffer = Buffer.alloc(4096);
    for (let count = 0; count < INPUTS / 50; count++) {
      client.send(Buffer.from(buffer.subarray(0, roll(dice, buffer))));
      for (const line of client.take().split('\r\n')) if (line !== '') JSON.parse(line);
      if (count % 100 === 0) await server.settle();
    }
    await server.settle();
    assert.equal(client.isEnded, false);
    assert.deepEqual(server.log, []);
  });
});
