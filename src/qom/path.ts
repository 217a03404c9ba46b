import { QmpError } from '../base/errors.ts';
import type { QomObject } from './object.ts';

/**
 * The object at an absolute path (empty components are skipped), or the one object in the tree whose
 * path ends in a partial path. Links are followed like children.
 * @returns undefined where there is none; `'ambiguous'` where a partial path fits several
 */
export function resolvePath(root: QomObject, path: string): QomObject | 'ambiguous' | undefined {
  const parts = path.split('/').filter(part => part !== '');
  return path.startsWith('/') ? descend(root, parts) : resolvePartial(root, parts);
}

/** @throws QmpError `Device 'PATH' not found` (class DeviceNotFound) as `qom-list`, `qom-get` and `qom-set` answer */
export function requirePath(root: QomObject, path: string): QomObject {
  const found = resolvePath(root, path);
  if (found === 'ambiguous') throw new QmpError(`Path '${path}' is ambiguous`);
  if (found === undefined) throw new QmpError(`Device '${path}' not found`, 'DeviceNotFound');
  return found;
}

function descend(from: QomObject, parts: readonly string[]): QomObject | undefined {
  let current: QomObject | undefined = from;
  for (const part of parts) {
    if (current === undefined) return undefined;
    current = current.property(part)?.target?.(current);
  }
  return current;
}

function resolvePartial(start: QomObject, parts: readonly string[]): QomObject | 'ambiguous' | undefined {
  let found = descend(start, parts);
  for (const child of start.children.values()) {
    const below = resolvePartial(child, parts);
    if (below === undefined) continue;
    if (below === 'ambiguous' || found !== undefined) return 'ambiguous';
    found = below;
  }
  return found;
}
