import { QmpError } from '../base/errors.ts';
import type { BlockNode } from './node.ts';
import { type Access, conflicts } from './permissions.ts';

/** The locks that nodes hold on files of the host, so that no two of them write to the same one. */
export class FileLocks {
  readonly #held = new Map<BlockNode, Access>();

  /** @throws QmpError where another node's lock on the same file is in the way */
  readonly update = (node: BlockNode, access: Access): void => {
    if (node.facts.driver !== 'file') return;
    for (const [other, held] of this.#held) {
      if (other === node || other.filename !== node.filename) continue;
      const hint = `Is another process using the image [${node.filename}]?`;
      for (const permission of conflicts(access, held))
        throw new QmpError(`Failed to get "${permission}" lock`, 'GenericError', hint);
      for (const permission of conflicts(held, access))
        throw new QmpError(`Failed to get shared "${permission}" lock`, 'GenericError', hint);
    }
    this.#held.set(node, access);
  };

  forget(node: BlockNode): void {
    this.#held.delete(node);
  }
}
