import type { AddressSpace } from '../../memory/address-space.ts';
import { MemoryRegion } from '../../memory/region.ts';
import type { QomObject } from '../../qom/object.ts';
import { command } from '../command.ts';
import { byBytes } from '../device-help.ts';
import { flag } from '../parameters.ts';
import { flatViewLines } from './flat-views.ts';
import { groupBy } from './group-by.ts';
import { kindName, ownerText, range } from './region-text.ts';

export const infoMtree = command({
  name: 'mtree',
  usage: '[-f][-d][-o][-D]',
  help:
    'show memory tree (-f: dump flat view for address spaces;' +
    '-d: dump dispatch tree, valid with -f only);' +
    '-o: dump region owners/parents;' +
    '-D: dump disabled regions',
  parameters: { flat: flag('f'), dispatch: flag('d'), owner: flag('o'), disabled: flag('D') },
  run: ({ machine, print }, options) => {
    const spaces = addressSpaces(machine.system);
    const lines = options.flat
      ? flatViewLines(spaces, { ...options, accelerator: machine.kvmVm === undefined ? '' : ' KVM' })
      : treeLines(spaces, options);
    print(`${[...lines].join('\n')}\n`);
  },
});

/** Every address space of the machine, in the order of the tree. */
function addressSpaces(top: QomObject): readonly AddressSpace[] {
  const found: AddressSpace[] = [];
  const visit = (object: QomObject) => {
    if (object instanceof MemoryRegion) found.push(...object.roots);
    for (const child of object.children.values()) visit(child);
  };
  visit(top);
  return found;
}

interface TreeOptions {
  readonly owner: boolean;
  readonly disabled: boolean;
}

/** The tree below each root, then below each region that only an alias shows. */
function* treeLines(spaces: readonly AddressSpace[], options: TreeOptions): Generator<string> {
  const targets = new Set<MemoryRegion>();
  for (const [root, ofRoot] of groupBy(spaces, space => space.root)) {
    for (const name of ofRoot.map(space => space.name).sort(byBytes)) yield `address-space: ${name}`;
    yield* regionLines(root, 0n, '  ', targets, options);
    yield '';
  }
  // Regions below one of these can have aliases to others, which then come, too.
  for (const target of targets) {
    yield `memory-region: ${target.label}`;
    yield* regionLines(target, 0n, '  ', targets, options);
    yield '';
  }
}

function* regionLines(
  region: MemoryRegion,
  base: bigint,
  indent: string,
  targets: Set<MemoryRegion>,
  options: TreeOptions,
): Generator<string> {
  const { alias } = region;
  const start = base + region.address;
  if (alias !== undefined) targets.add(alias.target);
  if (region.enabled || options.disabled) {
    const target =
      alias === undefined
        ? region.label
        : `alias ${region.label} @${alias.target.label} ${range(alias.offset, region.size)}`;
    const owner = options.owner ? ownerText(region) : '';
    yield `${indent}${range(start, region.size)} (prio ${region.priority}, ${kindName(region)}): ${target}${owner}${region.enabled ? '' : ' [disabled]'}`;
  }
  if (alias !== undefined) return;
  const below = [...region.subregions].sort((a, b) =>
    a.address === b.address ? b.priority - a.priority : a.address < b.address ? -1 : 1,
  );
  for (const sub of below) yield* regionLines(sub, start, `${indent}  `, targets, options);
}
