import { QmpError } from '../base/errors.ts';
import { INT32 } from '../qom/visitor.ts';
import { QdevProperty } from './properties.ts';

const NEVER = -1;

/** The device's place in the order in which firmware tries to boot, if not negative; no two devices share one. */
export const bootindex = new QdevProperty<number>({
  name: 'bootindex',
  type: 'int32',
  initial: NEVER,
  alwaysWritable: true,
  parse: (visitor, device) => {
    const index = Number(visitor.integer('bootindex', INT32));
    const taken = device.system.bootOrder;
    if (index >= 0 && taken.has(index)) throw new QmpError(`The bootindex ${index} has already been used`);
    const giveUp = () => {
      for (const [place, occupant] of taken) if (occupant === device) taken.delete(place);
    };
    giveUp();
    if (index >= 0) taken.set(index, device);
    device.onFinalize(giveUp);
    return index;
  },
  print: value => value,
  isStatic: false,
});
