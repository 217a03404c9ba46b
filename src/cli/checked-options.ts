import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import type { BlockdevOptions, Netdev } from '../generated/types.ts';
import { validators as blockValidators } from '../generated/validators/block-core.js';
import { validators as netValidators } from '../generated/validators/net.js';
import { argumentError } from '../qmp/argument-errors.ts';
import type { TextArguments, TextValue } from '../qmp/text-arguments.ts';
import type { NetdevRequest } from './configuration.ts';

/** Options of a network backend, as `netdev_add` takes them. @throws QmpError in the words of the command line */
export function netdevOptions(reader: TextArguments, request: NetdevRequest): Netdev {
  const options = request.form === 'json' ? request.value : reader.read('netdev_add', netdevText(request));
  const validate = netValidators.netdev_add;
  if (validate(options)) return options;
  const error = argumentError(validate.errors ?? [], options, new MemberOrder());
  const unexpected = /^Parameter '(.*)' is unexpected$/.exec(error.desc)?.[1];
  if (request.form !== 'options' || unexpected === undefined) throw error;
  throw new QmpError(`Invalid parameter '${unexpected}'`);
}

/** Options that can be given several times are lists of boxes. */
const REPEATED = new Set(['hostfwd', 'guestfwd', 'dnssearch']);

function netdevText(request: Exclude<NetdevRequest, { form: 'json' }>): {
  readonly [name: string]: TextValue;
} {
  if (request.form === 'keyval') return request.value;
  const text: Record<string, TextValue> = request.id === undefined ? {} : { id: request.id };
  for (const { name, value } of request.entries) {
    const before = text[name];
    if (!REPEATED.has(name)) text[name] = value;
    else text[name] = [...(Array.isArray(before) ? before : []), { str: value }];
  }
  return text;
}

/** Options of a block node that are what `blockdev-add` takes. @throws QmpError */
export function checkedBlockdev(options: JsonObject): BlockdevOptions {
  const validate = blockValidators['blockdev-add'];
  if (validate(options)) return options;
  throw argumentError(validate.errors ?? [], options, new MemberOrder());
}
