import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import type { OptionItem } from '../base/option-syntax.ts';
import type { Netdev } from '../generated/types.ts';
import { validators } from '../generated/validators/net.js';
import { argumentError } from '../qmp/argument-errors.ts';
import type { TextArguments, TextValue } from '../qmp/text-arguments.ts';

/** What a backend can be, in QEMU's order. */
export const NETDEV_TYPES = [
  'socket',
  'stream',
  'dgram',
  'hubport',
  'tap',
  'user',
  'l2tpv3',
  'vde',
  'bridge',
  'vhost-user',
  'vhost-vdpa',
];

/** Options that can be given several times are lists of boxes. */
const REPEATED = new Set(['hostfwd', 'guestfwd', 'dnssearch']);

/**
 * A network backend in option syntax, as `-netdev` and the monitor's `netdev_add` have it: `user,id=n0,restrict=on`.
 * @throws QmpError
 */
export function netdevFromOptions(
  reader: TextArguments,
  id: string | undefined,
  items: readonly Pick<OptionItem, 'name' | 'value'>[],
): Netdev {
  const text: Record<string, TextValue> = id === undefined ? {} : { id };
  for (const { name, value } of items) {
    const before = text[name];
    if (!REPEATED.has(name)) text[name] = value;
    else text[name] = [...(Array.isArray(before) ? before : []), { str: value }];
  }
  try {
    return checkedNetdev(reader.read('netdev_add', text));
  } catch (error) {
    throw error instanceof QmpError ? new QmpError(inWordsOfOptions(error.desc, text.type)) : error;
  }
}

/** Numbers that cannot be negative. */
const UNSIGNED = new Set([
  'port',
  'mode',
  'rxsession',
  'txsession',
  'rxcookie',
  'txcookie',
  'offset',
  'poll-us',
]);

function inWordsOfOptions(complaint: string, type: TextValue | undefined): string {
  const [, unexpected] = /^Parameter '(.*)' is unexpected$/.exec(complaint) ?? [];
  if (unexpected !== undefined) return `Invalid parameter '${unexpected}'`;
  const [, name] =
    /^(?:Parameter|Invalid parameter type for) '(.*?)',? expect(?:s|ed:) integer$/.exec(complaint) ?? [];
  const isUnsigned = name !== undefined && (type === 'tap' || UNSIGNED.has(name));
  if (name !== undefined) return `Parameter '${name}' expects ${isUnsigned ? 'a uint64' : 'an int64'} value`;
  return complaint.replace(/expects size$/, 'expects a size value');
}

/** @throws QmpError if the schema does not allow it */
export function checkedNetdev(options: JsonObject): Netdev {
  const validate = validators.netdev_add;
  if (validate(options)) return options;
  throw argumentError(validate.errors ?? [], options, new MemberOrder());
}
