import { QmpError } from '../base/errors.ts';
import type { JsonObject, JsonValue } from '../base/json.ts';
import { Members } from '../qom/members.ts';
import { ValueProperty } from '../qom/values.ts';
import { INT64, type InputVisitor, JsonVisitor } from '../qom/visitor.ts';

/** How a window can be interleaved over host bridges (CXL 3.0, 8.2.4.19.7). */
const INTERLEAVE_WAYS = [1, 2, 3, 4, 6, 8, 12, 16];
const INTERLEAVE_GRANULARITIES = [256n, 512n, 1024n, 2048n, 4096n, 8192n, 16384n];
const WINDOW_UNIT = 256n << 20n;

const text = (visitor: InputVisitor, name: string) => visitor.string(name);
const bytes = (visitor: InputVisitor, name: string) => visitor.size(name);
const integer = (visitor: InputVisitor, name: string) => visitor.integer(name, INT64);
const texts = (visitor: InputVisitor, name: string) =>
  visitor.list(name).map((value, index) => new JsonVisitor(value).string(`${name}[${index}]`));

/** A list of records, which is kept and has no effect. */
function recordList(
  name: string,
  type: string,
  description: string,
  read: (members: Members) => JsonObject,
): ValueProperty<readonly JsonValue[]> {
  return new ValueProperty<readonly JsonValue[]>({
    name,
    type,
    description,
    initial: [],
    parse: visitor =>
      visitor.list(name).map((value, index) => {
        const members = new Members(new JsonVisitor(value), `${name}[${index}]`);
        return read(members);
      }),
    print: value => value,
  });
}

/** Memory for enclaves. */
export const enclaveMemory = recordList('sgx-epc', 'SgxEPC', 'SGX EPC device', members => {
  const memdev = members.require('memdev', text);
  const node = members.require('node', integer);
  members.finish();
  return { memdev, node };
});

/** Windows for the memory behind CXL bridges. */
export const cxlWindows = recordList(
  'cxl-fmw',
  'CXLFixedMemoryWindow',
  'CXL Fixed Memory Windows (array)',
  members => {
    const size = members.require('size', bytes);
    const granularity = members.take('interleave-granularity', bytes);
    const targets = members.require('targets', texts);
    members.finish();
    checkWindow(size, granularity, targets.length);
    return { size, targets, ...(granularity === undefined ? {} : { 'interleave-granularity': granularity }) };
  },
);

function checkWindow(size: bigint, granularity: bigint | undefined, ways: number): void {
  if (!INTERLEAVE_WAYS.includes(ways)) throw new QmpError(`Interleave ways: ${ways} not supported`);
  if (size % WINDOW_UNIT !== 0n)
    throw new QmpError('Size of a CXL fixed memory window must my a multiple of 256MiB');
  if (granularity !== undefined && !INTERLEAVE_GRANULARITIES.includes(granularity))
    throw new QmpError(`Interleave granularity: ${granularity} invalid`);
}
