import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import { readSigned } from '../base/option-numbers.ts';
import { parseOptionSize } from '../base/option-size.ts';
import { INT64, type IntegerRange, TextVisitor, UINT64 } from './visitor.ts';

/** A value from bare text, as the human monitor's `qom-set` has it: numbers fail in other words than in `device_add`. */
export class StringVisitor extends TextVisitor {
  /** @param warn is told what whoever typed it should know */
  constructor(
    private readonly source: string,
    private readonly warn: (message: string) => void = () => {},
  ) {
    super(source);
  }

  override integer(name: string, range: IntegerRange): bigint {
    const value = readSigned(this.source);
    const wide = range.minimum < 0n ? INT64 : UINT64;
    if (value === undefined || value > wide.maximum || value < INT64.minimum)
      throw new QmpError(`Parameter '${name}' expects ${range.minimum < 0n ? 'int64' : 'uint64'}`);
    return super.integer(name, range);
  }

  override size(name: string): bigint {
    const { value, warning } = parseOptionSize(name, this.source);
    if (warning !== undefined) this.warn(warning);
    return value;
  }

  /** The elements have no name. */
  override list(name: string): readonly JsonValue[] {
    for (const part of this.source.split(',')) {
      if (/^-\d+$/.test(part)) throw new QmpError("Parameter 'null' expects uint16_t");
      const bounds = /^\d+(-\d+)?$/.test(part) ? part.split('-').map(BigInt) : [];
      if (bounds.length === 0 || bounds.some(bound => bound > UINT64.maximum))
        throw new QmpError("Parameter 'null' expects list of uint64 values or ranges");
    }
    return super.list(name);
  }
}
