import type { JsonObject } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import { checkedNetdev, netdevFromOptions } from '../commands/netdev-options.ts';
import type { BlockdevOptions, Netdev } from '../generated/types.ts';
import { validators as blockValidators } from '../generated/validators/block-core.js';
import { argumentError } from '../qmp/argument-errors.ts';
import type { TextArguments } from '../qmp/text-arguments.ts';
import type { NetdevRequest } from './configuration.ts';

/** Options of a network backend, as `netdev_add` takes them. @throws QmpError in the words of the command line */
export function netdevOptions(reader: TextArguments, request: NetdevRequest): Netdev {
  if (request.form === 'options') return netdevFromOptions(reader, request.id, request.entries);
  return checkedNetdev(request.form === 'json' ? request.value : reader.read('netdev_add', request.value));
}

/** Options of a block node that are what `blockdev-add` takes. @throws QmpError */
export function checkedBlockdev(options: JsonObject): BlockdevOptions {
  const validate = blockValidators['blockdev-add'];
  if (validate(options)) return options;
  throw argumentError(validate.errors ?? [], options, new MemberOrder());
}
