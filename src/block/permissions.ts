import { QmpError } from '../base/errors.ts';
import type { BlockNode } from './node.ts';

/** What somebody does with a node, and what he lets others do meanwhile. Reading is always allowed. */
export interface Access {
  readonly write: boolean;
  readonly shareWrites: boolean;
}

export const IDLE: Access = { write: false, shareWrites: true };

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
    if (keeper.access.shareWrites) continue;
    const writer = parents.find(other => other !== keeper && other.access.write);
    if (writer === undefined) continue;
    const use = (parent: Parent) =>
      `${parent.describe()} (uses node '${node.name}' as '${parent.role}' child)`;
    throw new QmpError(
      `Permission conflict on node '${node.name}': permissions 'write' are both required by ${use(writer)} and unshared by ${use(keeper)}.`,
    );
  }
}
