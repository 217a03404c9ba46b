import { QmpError } from '../base/errors.ts';
import { readNumber } from '../base/option-numbers.ts';
import { DRIVE_INTERFACES, type DriveInterface, type PlaceRequest } from '../block/drive-slots.ts';

/**
 * Where a drive is to be.
 * @param usual the interface of drives that are not told any
 * @throws QmpError
 */
export function readPlace(given: ReadonlyMap<string, string>, usual: DriveInterface): PlaceRequest {
  const number = (name: string): number | undefined => {
    const text = given.get(name);
    if (text === undefined) return undefined;
    const value = Number(BigInt.asIntN(32, readNumber(name, text)));
    return value === -1 && name !== 'bus' ? undefined : value;
  };
  const [index, bus, unit] = ['index', 'bus', 'unit'].map(number);
  const wanted = given.get('if');
  const kind = wanted === undefined ? usual : DRIVE_INTERFACES.find(each => each === wanted);
  if (kind === undefined) throw new QmpError(`unsupported bus type '${wanted}'`);
  return { interface: kind, index, bus, unit };
}
