import { QmpError } from '../base/errors.ts';
import type { BlockNode } from './node.ts';

/** What can be done with a node besides reading, which is always allowed; in QEMU's order. */
export const PERMISSIONS = ['write', 'resize'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What somebody does with a node, and what he lets others do meanwhile. */
export interface Access {
  readonly uses: readonly Permission[];
  readonly shares: readonly Permission[];
}

export const IDLE: Access = { uses: [], shares: PERMISSIONS };

/** What the one does and the other does not let others do. */
export function conflicts(user: Access, keeper: Access): readonly Permission[] {
  return PERMISSIONS.filter(each => user.uses.includes(each) && !keeper.shares.includes(each));
}

/** Somebody who uses a node: a drive, or a node above. */
export class Parent {
  access: Access = IDLE;

  constructor(
    /** `node 'q1'`, `block device 'hd0'`; read when somebody has to be told. */
    readonly describe: () => string,
    /** What the node is to him: `file`, `backing`, or `root` for a drive. */
    readonly role: string,
  ) {}
}

/** @throws QmpError if two users of a node do not go together; the newest is looked at first */
export function checkConflicts(node: BlockNode): void {
  const parents = [...node.parents].reverse();
  for (const keeper of parents) {
    for (const user of parents) {
      const names = user === keeper ? [] : conflicts(user.access, keeper.access);
      if (names.length === 0) continue;
      const use = (parent: Parent) =>
        `${parent.describe()} (uses node '${node.name}' as '${parent.role}' child)`;
      throw new QmpError(
        `Permission conflict on node '${node.name}': permissions '${names.join(', ')}' are both required by ${use(user)} and unshared by ${use(keeper)}.`,
      );
    }
  }
}
