import { QmpError } from '../base/errors.ts';
import { INT32 } from '../qom/visitor.ts';
import { QdevProperty } from './properties.ts';

const NEVER = -1;

/** The device's place in the order in which firmware tries to boot; no two devices share one. */
export const bootindex = new QdevProperty<number>({
  name: 'bootindex',
  type: 'int32',
  initial: NEVER,
  parse: (visitor, device) => {
    const index = Number(visitor.integer('bootindex', INT32));
    if (index < 0) return index;
    const taken = device.system.bootOrder;
    if (taken.has(index)) throw new QmpError(`The bootindex ${index} has already been used`);
    taken.set(index, device);
    device.onFinalize(() => taken.delete(index));
    return index;
  },
  print: value => value,
  isStatic: false,
});
