import { closeSync, openSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { TypeInfo } from '../qom/type.ts';
import { textValue } from '../qom/values.ts';
import { UserObject } from './user-object.ts';

/** A source of random numbers for devices that hand them to the guest. */
export class RngBackend extends UserObject {}

const filename = textValue('filename', '/dev/urandom', undefined, (path, object) => {
  if (object instanceof UserObject && object.completed)
    throw new QmpError("Property 'filename' can no longer be set");
  return path;
});

/** Random numbers from a file, which must be there. */
class RngRandom extends RngBackend {
  protected override onComplete(): void {
    const path = this.value(filename);
    try {
      closeSync(openSync(path, 'r'));
    } catch (error) {
      throw new QmpError(`Could not open '${path}': ${systemErrorText(error)}`);
    }
  }
}

export const RNG_TYPES: readonly TypeInfo[] = [
  {
    name: 'rng-backend',
    parent: 'object',
    abstract: true,
    interfaces: ['user-creatable'],
    properties: [
      {
        name: 'opened',
        type: 'bool',
        get: () => true,
      },
    ],
  },
  { name: 'rng-builtin', parent: 'rng-backend', create: type => new RngBackend(type) },
  {
    name: 'rng-random',
    parent: 'rng-backend',
    properties: [filename],
    create: type => new RngRandom(type),
  },
];
