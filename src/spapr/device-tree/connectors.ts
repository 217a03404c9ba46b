import { hashTableOrder } from '../../base/glib-hash-table.ts';
import type { QomObject } from '../../qom/object.ts';
import { drcName } from '../dr-connectors.ts';
import type { SpaprMachine } from '../machine.ts';
import { cells, join, type PropertyValue, text } from './node.ts';

/** The type of connectors of PCI slots, as a string, and the part of an index that is not the type. */
const SLOT_TYPE = '28';
const ID_MASK = 0x0fffffff;
const LIVE_INSERTION = -1;

/** The connectors of the functions behind a bridge, four lists of them (PAPR 2.7, 13.5.2). */
export function connectorProperties(
  machine: SpaprMachine,
  owner: QomObject,
): readonly (readonly [string, PropertyValue])[] {
  const ranges = machine.connectors.rangesOf(owner);
  if (ranges.length === 0) return [];
  let found: readonly number[] | undefined;
  const indexes = () => {
    found ??= inOrder(machine).filter(index =>
      ranges.some(({ first, count }) => index >= first && index < first + count),
    );
    return found;
  };
  const list =
    (values: (indexes: readonly number[]) => PropertyValue): PropertyValue =>
    () =>
      join(cells(indexes().length), values(indexes()))();
  return [
    ['ibm,drc-types', list(all => text(...all.map(() => SLOT_TYPE)))],
    ['ibm,drc-names', list(all => text(...all.map(index => `C${index & ID_MASK}`)))],
    ['ibm,drc-power-domains', list(all => cells(...all.map(() => LIVE_INSERTION)))],
    ['ibm,drc-indexes', list(all => cells(...all))],
  ];
}

/** All connectors, in the order of the table in which QEMU has them. */
function inOrder({ connectors }: SpaprMachine): readonly number[] {
  const byName = new Map(Array.from(connectors.all(), ({ index }) => [drcName(index), index]));
  return hashTableOrder([...byName.keys()]).flatMap(name => byName.get(name) ?? []);
}
