import { QmpError } from '../base/errors.ts';
import { type IntegerRange, parseInteger, TextVisitor, UINT64 } from './visitor.ts';

/** A value from bare text, as the human monitor's `qom-set` has it: integers fail in other words than in `device_add`. */
export class StringVisitor extends TextVisitor {
  constructor(private readonly source: string) {
    super(source);
  }

  override integer(name: string, range: IntegerRange): bigint {
    if (parseInteger(this.source) === undefined) {
      throw new QmpError(
        `Parameter '${name}' expects ${range.maximum === UINT64.maximum ? 'uint64' : 'int64'}`,
      );
    }
    return super.integer(name, range);
  }
}
