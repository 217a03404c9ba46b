import type { MemoryRegion } from '../../memory/region.ts';
import { Device } from '../../qdev/device.ts';
import type { QomObject } from '../../qom/object.ts';

/** First and last address, inclusive. An empty range ends where it begins. */
export function range(start: bigint, size: bigint): string {
  const last = size === 0n ? start : start + size - 1n;
  return `${address(start)}-${address(last)}`;
}

export function address(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, '0');
}

/** What stands behind a region, be it through aliases, as QEMU calls it. */
export function kindName({ alias, kind, readonly, nonvolatile }: MemoryRegion): string {
  if (nonvolatile) return `nv-${alias === undefined ? kind : kindName(alias.target)}`;
  if (alias !== undefined) return kindName(alias.target);
  if (kind === 'ram' && readonly) return 'rom';
  return kind === 'ram' || kind === 'rom' || kind === 'romd' ? kind : 'i/o';
}

/** Whom a region belongs to, and where it hangs in the tree if that is not the same. */
export function ownerText(region: MemoryRegion): string {
  const { owner, parent } = region;
  if (owner === undefined && parent === undefined) return ' orphan';
  const belongsTo = owner === undefined ? '' : objectText('owner', owner);
  return belongsTo + (parent === undefined || parent === owner ? '' : objectText('parent', parent));
}

function objectText(label: string, object: QomObject): string {
  const kind = object instanceof Device ? 'dev' : 'obj';
  const id = object instanceof Device ? object.id : undefined;
  return ` ${label}:{${kind} ${id === undefined ? `path=${object.path}` : `id=${id}`}}`;
}
