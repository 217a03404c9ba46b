import { QmpError } from '../base/errors.ts';
import { INT32 } from '../qom/visitor.ts';
import { QdevProperty } from './properties.ts';

const NEVER = -1;

/**
 * A place in the order in which firmware tries to boot, if not negative; no two have the same.
 * @param name of the property: a device may have several such places
 */
export function bootPlace(name: string): QdevProperty<number> {
  const property = new QdevProperty<number>({
    name,
    type: 'int32',
    initial: NEVER,
    alwaysWritable: true,
    parse: (visitor, device) => {
      const index = Number(visitor.integer(name, INT32));
      const taken = device.system.bootOrder;
      if (index >= 0 && taken.has(index)) throw new QmpError(`The bootindex ${index} has already been used`);
      const giveUp = () => {
        const place = device.value(property);
        if (taken.get(place) === device) taken.delete(place);
      };
      giveUp();
      if (index >= 0) taken.set(index, device);
      device.onFinalize(giveUp);
      return index;
    },
    print: value => value,
    isStatic: false,
  });
  return property;
}

export const bootindex = bootPlace('bootindex');
