import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JsonDouble } from '../../src/base/json.ts';
import { type Message, MessageReader } from '../../src/qmp/message-reader.ts';
import { cases } from '../helpers/random.ts';

function readAll(reader: MessageReader, chunks: readonly Uint8Array[]): readonly Message[] {
  const messages: Message[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let message = reader.next(); message !== undefined; message = reader.next()) messages.push(message);
  }
  return messages;
}

function read(text: string): readonly Message[] {
  return readAll(new MessageReader(), [Buffer.from(text)]);
}

/** Pieces that, put together at random, come close to what clients and attackers send. */
const PIECES = [
  ...'{}[]:,"\'\\-+.eE01 \n\t\r!a',
  ...[
    '"a"',
    "'b'",
    '"a":',
    '"b":1,',
    'true',
    'nul',
    '12345678901234567',
    '18446744073709551616',
    '-0',
    '1.5',
    '1e3',
  ],
  ...[
    '"\\u00e9"',
    '"\\ud83d"',
    '"\\n"',
    '"é😀"',
    '{"execute":"x"}',
    '{"execute":"x","id":',
    '[[[',
    ']]]',
    '\u0000',
    '\u0001',
  ],
].map(piece => Buffer.from(piece));
PIECES.push(Buffer.from([0xff]), Buffer.from([0xfe]), Buffer.from([0xc0, 0x80]), Buffer.from([0xed, 0xa0]));

const arbitraryInput = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }).map(pieces => Buffer.concat(pieces)),
  fc.array(fc.json(), { maxLength: 3 }).map(texts => Buffer.from(texts.join('\n'))),
);

describe('the message reader', () => {
  it('takes messages without separators, and keeps what is not complete', () => {
    const reader = new MessageReader();
    assert.deepEqual(readAll(reader, [Buffer.from('{"a":1}{"b":2} {"c"')]), [
      { value: { a: 1 } },
      { value: { b: 2 } },
    ]);
    assert.deepEqual(readAll(reader, [Buffer.from(':3}')]), [{ value: { c: 3 } }]);
  });

  it('keeps integers of 64 bits exact, and tells floats from integers', () => {
    const [message] = read(
      '[9007199254740991, 9007199254740993, 18446744073709551615, -9223372036854775808, 1.0, 0.5, -0]',
    );
    const value = [
      9007199254740991,
      9007199254740993n,
      2n ** 64n - 1n,
      -(2n ** 63n),
      new JsonDouble(1),
      0.5,
      0,
    ];
    assert.deepEqual(message, { value });
  });

  it('has a member called __proto__ like any other', () => {
    for (const text of ['{"__proto__":1,"a":2}', '{"__proto__":1,"a":2.5}']) {
      const [message] = read(text);
      assert.ok(message !== undefined && 'value' in message);
      assert.deepEqual(Object.keys(Object(message.value)), ['__proto__', 'a']);
    }
  });

  it('refuses a member named twice, also deep inside', () => {
    assert.deepEqual(read('{"a":{"b":1,"b":1}}'), [{ error: 'JSON parse error, duplicate key' }]);
  });

  it('bounds nesting, tokens and bytes', () => {
    const limits = { nesting: 3, tokens: 8, bytes: 40 };
    const errors = (text: string) => readAll(new MessageReader(limits), [Buffer.from(text)]);
    assert.deepEqual(errors('[[[]]]'), [{ value: [[[]]] }]);
    assert.deepEqual(errors('[[[['), [{ error: 'JSON nesting depth limit exceeded' }]);
    assert.deepEqual(errors('[1,2,3,4'), []);
    assert.deepEqual(errors('[1,2,3,4,'), [{ error: 'JSON token count limit exceeded' }]);
    // Each token counts for one byte more than it has.
    assert.deepEqual(errors(`"${'x'.repeat(37)}"`), [{ value: 'x'.repeat(37) }]);
    assert.deepEqual(errors(`"${'x'.repeat(38)}"`), [{ error: 'JSON token size limit exceeded' }]);
    // A token that never ends is cut off when it is too long, and what follows is read afresh.
    assert.deepEqual(errors(`"${'x'.repeat(45)} `), [
      { error: 'JSON token size limit exceeded' },
      { error: "JSON parse error, invalid keyword 'xxxxx'" },
    ]);
  });

  it('gives the same messages however the bytes are split', () => {
    fc.assert(
      fc.property(arbitraryInput, fc.array(fc.nat(), { maxLength: 8 }), (input, numbers) => {
        const whole = readAll(new MessageReader(), [input]);
        const cuts = numbers.map(number => number % (input.length + 1)).sort((a, b) => a - b);
        const ends = [...cuts, input.length];
        const chunks = ends.map((end, index) => input.subarray(ends[index - 1] ?? 0, end));
        assert.deepEqual(readAll(new MessageReader(), chunks), whole);
        const bytes = Array.from(input, byte => Uint8Array.of(byte));
        assert.deepEqual(readAll(new MessageReader(), bytes), whole);
      }),
      cases(2000),
    );
  });

  it('gives the same messages on the fast path and on the slow one', () => {
    fc.assert(
      fc.property(arbitraryInput, input => {
        const slow = readAll(new MessageReader(undefined, false), [input]);
        assert.deepEqual(readAll(new MessageReader(), [input]), slow);
      }),
      cases(3000),
    );
  });

  it('agrees with JSON.parse where JSON and the dialect agree', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))), values => {
        assert.deepEqual(
          readAll(new MessageReader(undefined, false), [Buffer.from(JSON.stringify(values))]),
          [{ value: values }],
        );
      }),
      cases(100),
    );
  });
});
