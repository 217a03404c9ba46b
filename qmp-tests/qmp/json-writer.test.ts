import assert from 'node:assert/strict';
import { JsonDouble } from '../../src/base/json.ts';
import { JsonWriter } from '../../src/qmp/json-writer.ts';

describe('the JSON writer', () => {
  const writer = new JsonWriter();

  it('prints as QEMU does', () => {
    assert.equal(
      writer.compact({ return: [{}, [], null, true, 'x'] }),
      '{"return": [{}, [], null, true, "x"]}',
    );
  });

  it('prints integers exactly', () => {
    const values = [0, -0, 2 ** 53 - 1, 2n ** 64n - 1n, -(2n ** 63n), 1e21];
    const text =
      '[0, 0, 9007199254740991, 18446744073709551615, -9223372036854775808, 1000000000000000000000]';
    assert.equal(writer.compact(values), text);
  });

  it('prints floats with seventeen digits', () => {
    for (const [value, text] of [
      [0.1, '0.10000000000000001'],
      [1.5, '1.5'],
      [1.25e-7, '1.2499999999999999e-07'],
      [0.00012, '0.00012'],
      [12345678901234 + 1 / 16, '12345678901234.062'],
      [12345678901234 + 3 / 16, '12345678901234.188'],
      [5e-324, '4.9406564584124654e-324'],
      [new JsonDouble(1), '1'],
      [new JsonDouble(-0), '-0'],
      [new JsonDouble(1e16), '10000000000000000'],
      [new JsonDouble(1e17), '1e+17'],
      [new JsonDouble(Number.NEGATIVE_INFINITY), '-inf'],
    ] as const) {
      assert.equal(writer.compact(value), text);
    }
  });

  it('escapes what is not printable ASCII, and replaces what is no character', () => {
    assert.equal(writer.compact('"\\/\b\f\n\r\t\u0001\u007f'), '"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007F"');
    assert.equal(writer.compact('é😀'), '"\\u00E9\\uD83D\\uDE00"');
    assert.equal(writer.compact('\ud83d-\uffff'), '"\\uFFFD-\\uFFFD"');
  });

  it('lists members in the order of their hash, the later first where hashes meet', () => {
    const recorded = 'r w d i n aa s x e abcdefghijkl j o t a y f k p u b z g l q v c ab h m abc'.split(' ');
    const members = Object.fromEntries([...recorded].sort().map(name => [name, 1]));
    assert.equal(writer.compact(members), `{${recorded.map(name => `"${name}": 1`).join(', ')}}`);
    assert.equal(writer.compact({ major: 7, minor: 2, micro: 22 }), '{"micro": 22, "minor": 2, "major": 7}');
    const odd = { '0': 1, '1': 2, '10': 3, '2': 4, constructor: 6, aé: 7, '😀': 8, '\0': 9 };
    assert.equal(
      writer.compact(odd),
      '{"0": 1, "\\u0000": 9, "1": 2, "10": 3, "2": 4, "a\\u00E9": 7, "constructor": 6, "\\uD83D\\uDE00": 8}',
    );
  });

  it('leaves out what is undefined', () => {
    assert.equal(writer.compact({ a: undefined, b: 1 }), '{"b": 1}');
    assert.equal(writer.compact({ a: undefined }), '{}');
  });

  it('prints over several lines', () => {
    assert.equal(
      writer.pretty({ return: { a: [], b: [1] } }),
      [
        '{',
        '    "return": {',
        '        "a": [',
        '        ],',
        '        "b": [',
        '            1',
        '        ]',
        '    }',
        '}',
      ].join('\r\n'),
    );
  });
});
