import assert from 'node:assert/strict';
import { evaluate } from '../../src/hmp/expression.ts';
import { humanSize, humanValue } from '../../src/hmp/info/human-value.ts';
import { BadArguments, Input } from '../../src/hmp/input.ts';

describe('values as a human sees them', () => {
  it('numbers', () => {
    assert.equal(humanValue('uint32', 16), '16 (0x10)');
    assert.equal(humanValue('int32', -1), '-1 (0xffffffffffffffff)');
    assert.equal(humanValue('uint64', 0x800000000000000n), '576460752303423488 (0x800000000000000)');
    assert.equal(humanValue('bool', true), 'true');
    assert.equal(humanValue('str', ''), '""');
  });

  it('sizes', () => {
    const sizes: readonly (readonly [bytes: bigint, text: string])[] = [
      [0n, '0 B'],
      [512n, '512 B'],
      [1000n, '0.977 KiB'],
      [4096n, '4 KiB'],
      [1536n << 20n, '1.5 GiB'],
      [0xffffffffn, '4 GiB'],
      [2n ** 64n - 1n, '16 EiB'],
    ];
    for (const [bytes, text] of sizes) assert.equal(humanSize(bytes), text);
  });
});

describe('expressions', () => {
  const value = (text: string) => evaluate(new Input(text, () => {}));

  it('bind as in QEMU, the bit operators more strongly than sums', () => {
    assert.equal(value('1 + 2 * 3'), 7n);
    assert.equal(value('1 + 6 & 3'), 3n);
    assert.equal(value('(1 + 6) & 3'), 3n);
    assert.equal(value("~0 + 'A'"), 64n);
    assert.equal(value('-0x10 % 010'), 0n);
    assert.equal(value('0xffffffffffffffff'), -1n);
  });

  it('tell what is wrong', () => {
    const complaint = (text: string) => {
      try {
        value(text);
      } catch (error) {
        if (error instanceof BadArguments) return error.message;
        throw error;
      }
      return '';
    };
    assert.equal(complaint(''), 'unexpected end of expression\n');
    assert.equal(complaint('x'), "invalid char 'x' in expression\n");
    assert.equal(complaint('(1'), "')' expected\n");
    assert.equal(complaint('1 / 0'), 'division by zero\n');
    assert.equal(complaint("'ab"), "missing terminating ' character\n");
    assert.equal(complaint('99999999999999999999'), 'number too large\n');
    assert.equal(complaint('('.repeat(100_000)), 'expression is too deep\n');
  });
});
