import { QmpError } from '../base/errors.ts';
import type { QomObject } from './object.ts';

/**
 * The object at an absolute path (empty components are skipped), or the one object in the tree whose
 * path ends in a partial path. Links are followed like children.
 * @returns undefined where there is none; `'ambiguous'` where a partial path fits several
 */
export function resolvePath(root: QomObject, path: string): QomObject | 'ambiguous' | undefined {
  return path.startsWith('/') ? resolveBelow(root, path) : resolvePartial(root, partsOf(path));
}

/** The object at a path that begins at another one; that itself for an empty one. */
export function resolveBelow(from: QomObject, path: string): QomObject | undefined {
  return descend(from, partsOf(path));
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter(part => part !== '');
}

/** @throws QmpError `Device 'PATH' not found` (class DeviceNotFound) as `qom-get` and `qom-set` answer, also to what fits several */
export function requirePath(root: QomObject, path: string): QomObject {
  const found = resolvePath(root, path);
  if (found === undefined || found === 'ambiguous')
    throw new QmpError(`Device '${path}' not found`, 'DeviceNotFound');
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

function resolvePartial(
  start: QomObject,
  parts: readonly string[],
  wanted: (object: QomObject) => boolean = () => true,
): QomObject | 'ambiguous' | undefined {
  let found = descend(start, parts);
  if (found !== undefined && !wanted(found)) found = undefined;
  for (const child of start.children.values()) {
    const below = resolvePartial(child, parts, wanted);
    if (below === undefined) continue;
    if (below === 'ambiguous' || found !== undefined) return 'ambiguous';
    found = below;
  }
  return found;
}

/** The top of the tree that an object is in; itself outside a tree. */
export function rootOf(object: QomObject): QomObject {
  let top = object;
  while (top.parent !== undefined) top = top.parent;
  return top;
}

/**
 * The object that a link property is to point to; a partial path needs to fit only one object of the type.
 * @param name the property, for the messages
 * @throws QmpError
 */
export function resolveLink(root: QomObject, name: string, path: string, type: string): QomObject {
  const parts = partsOf(path);
  const wanted = (object: QomObject) => object.type.isA(type);
  const found = path.startsWith('/') ? descend(root, parts) : resolvePartial(root, parts, wanted);
  if (found === 'ambiguous') throw new QmpError(`Path '${path}' does not uniquely identify an object`);
  if (found !== undefined && wanted(found)) return found;
  if (resolvePath(root, path) !== undefined)
    throw new QmpError(`Invalid parameter type for '${name}', expected: ${type}`);
  throw new QmpError(`Device '${path}' not found`, 'DeviceNotFound');
}
