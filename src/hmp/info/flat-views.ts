import type { AddressSpace } from '../../memory/address-space.ts';
import type { FlatRange } from '../../memory/flat-view.ts';
import type { MemoryRegion } from '../../memory/region.ts';
import { DispatchMap } from './dispatch-map.ts';
import { groupBy } from './group-by.ts';
import { address, kindName, ownerText, range } from './region-text.ts';

interface FlatViewOptions {
  readonly owner: boolean;
  readonly dispatch: boolean;
  /** What stands behind ranges that the accelerator has mapped. */
  readonly accelerator: string;
}

/** What `info mtree -f` shows: each view once, with the address spaces that have it. */
export function* flatViewLines(spaces: readonly AddressSpace[], options: FlatViewOptions): Generator<string> {
  let number = 0;
  for (const [root, sharing] of groupBy(spaces, space => viewRoot(space.root))) {
    yield `FlatView #${number++}`;
    for (const { name, root: own } of sharing) {
      const alias = own.alias === undefined ? '' : `, alias ${own.alias.target.label}`;
      yield ` AS "${name}", root: ${own.label}${alias}`;
    }
    yield ` Root memory region: ${root?.label ?? '(none)'}`;
    const view = root === undefined ? [] : (sharing[0]?.view ?? []);
    if (view.length === 0) yield '  No rendered FlatView';
    for (const each of view) yield rangeLine(each, options);
    if (options.dispatch && root !== undefined) yield* new DispatchMap(view, root).lines();
    yield '';
  }
}

function rangeLine(
  { region, start, size, offset, nonvolatile }: FlatRange,
  options: FlatViewOptions,
): string {
  const at = offset === 0n ? '' : ` @${address(offset)}`;
  const owner = options.owner ? ownerText(region) : '';
  const mapped = region.kind === 'ram' || region.kind === 'rom' ? options.accelerator : '';
  return `  ${range(start, size)} (prio ${region.priority}, ${nonvolatile ? 'nv-' : ''}${kindName(region)}): ${region.label}${at}${owner}${mapped}`;
}

/**
 * The region that alone decides what is seen through a root: containers and aliases that only pass on one
 * other region, from its beginning, do not count. Undefined where nothing is seen.
 */
function viewRoot(root: MemoryRegion): MemoryRegion | undefined {
  let region = root;
  while (region.enabled) {
    const below = onlyPassesOn(region);
    if (below === 'nothing') return undefined;
    if (below === undefined) return region;
    region = below;
  }
  return undefined;
}

function onlyPassesOn(region: MemoryRegion): MemoryRegion | 'nothing' | undefined {
  const { alias, size } = region;
  if (alias !== undefined) return alias.offset === 0n && size >= alias.target.size ? alias.target : undefined;
  if (region.kind !== 'container') return undefined;
  const visible = region.subregions.filter(sub => sub.enabled);
  const [only] = visible;
  if (only === undefined) return 'nothing';
  return visible.length === 1 && only.address === 0n && size >= only.size ? only : undefined;
}
