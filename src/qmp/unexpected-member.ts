import { hashTableOrder } from '../base/glib-hash-table.ts';

/**
 * Which one of several unexpected members QEMU names: the first in the hash table of an object's members.
 *
 * @param members names of all members, in the order in which they enter the table
 * @param unexpected those among them that are unexpected; at least one
 */
export function firstUnexpected(members: readonly string[], unexpected: ReadonlySet<string>): string {
  return hashTableOrder(members).find(name => unexpected.has(name)) ?? '';
}
