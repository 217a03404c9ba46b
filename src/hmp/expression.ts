import { BadArguments, type Input, isSpace } from './input.ts';

/**
 * Integer expressions of 64 bits, signed: `~(0x10 + 'A') * 2`. Binding from the strongest: `* / %`, then
 * `& | ^`, then `+ -`.
 * @throws BadArguments for what is no expression
 */
export function evaluate(input: Input): bigint {
  input.skipSpace();
  return new Evaluator(input).sum();
}

type Operators = Readonly<Record<string, (a: bigint, b: bigint) => bigint>>;

const PRODUCTS: Operators = {
  '*': (a, b) => a * b,
  '/': (a, b) => a / divisor(b),
  '%': (a, b) => a % divisor(b),
};
const BITS: Operators = { '&': (a, b) => a & b, '|': (a, b) => a | b, '^': (a, b) => a ^ b };
const SUMS: Operators = { '+': (a, b) => a + b, '-': (a, b) => a - b };
const SIGNS: Readonly<Record<string, (a: bigint) => bigint>> = { '+': a => a, '-': a => -a, '~': a => ~a };

const UINT64_MAX = 2n ** 64n - 1n;
/** Deeper expressions are refused rather than followed. */
const MAX_DEPTH = 200;

function divisor(value: bigint): bigint {
  if (value === 0n) throw new BadArguments('division by zero\n');
  return value;
}

class Evaluator {
  #depth = 0;

  constructor(private readonly input: Input) {}

  sum(): bigint {
    if (++this.#depth > MAX_DEPTH) throw new BadArguments('expression is too deep\n');
    const value = this.#chain(SUMS, () =>
      this.#chain(BITS, () => this.#chain(PRODUCTS, () => this.#unary())),
    );
    this.#depth--;
    return value;
  }

  #chain(operators: Operators, operand: () => bigint): bigint {
    let value = operand();
    for (;;) {
      const apply = operators[this.input.next ?? ''];
      if (apply === undefined) return value;
      this.#skip();
      value = BigInt.asIntN(64, apply(value, operand()));
    }
  }

  #unary(): bigint {
    const { input } = this;
    const signs: ((a: bigint) => bigint)[] = [];
    for (let sign = SIGNS[input.next ?? '']; sign !== undefined; sign = SIGNS[input.next ?? '']) {
      signs.push(sign);
      this.#skip();
    }
    return signs.reduceRight((value, sign) => BigInt.asIntN(64, sign(value)), this.#primary());
  }

  #primary(): bigint {
    const { input } = this;
    switch (input.next) {
      case undefined:
        throw new BadArguments('unexpected end of expression\n');
      case '(': {
        this.#skip();
        const value = this.sum();
        if (!input.takes(')')) throw new BadArguments("')' expected\n");
        input.skipSpace();
        return value;
      }
      case "'":
        return this.#character();
      case '$':
        // The processors of the simulated machine have no registers that a monitor could name.
        throw new BadArguments('unknown register\n');
      default:
        return this.#number();
    }
  }

  #character(): bigint {
    const { input } = this;
    input.position++;
    const character = input.next;
    if (character === undefined) throw new BadArguments('character constant expected\n');
    input.position++;
    if (!input.takes("'")) throw new BadArguments("missing terminating ' character\n");
    input.skipSpace();
    return BigInt(character.charCodeAt(0));
  }

  /** Decimal, `0x` or octal, as `strtoull` reads it. */
  #number(): bigint {
    const { input } = this;
    const match = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(input.line.slice(input.position));
    if (match === null) throw new BadArguments(`invalid char '${input.next}' in expression\n`);
    const [digits] = match;
    const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    if (value > UINT64_MAX) throw new BadArguments('number too large\n');
    input.position += digits.length;
    while (isSpace(input.next)) input.position++;
    return BigInt.asIntN(64, value);
  }

  #skip(): void {
    this.input.position++;
    this.input.skipSpace();
  }
}
