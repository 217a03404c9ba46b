import { QmpError } from '../base/errors.ts';
import type { BackendKind } from './backends.ts';
import { notFound, QdevProperty } from './properties.ts';

function backendProperty(
  name: string,
  kind: BackendKind,
  description: string,
): QdevProperty<string | undefined> {
  return new QdevProperty<string | undefined>({
    name,
    type: 'str',
    description,
    initial: undefined,
    parse: (visitor, device) => {
      const id = visitor.string(name);
      const backend = device.system.backends.of(kind).get(id);
      if (backend === undefined) throw notFound(device, name, id);
      if (backend.user !== undefined) {
        throw new QmpError(`Property '${device.type.name}.${name}' can't take value '${id}', it's in use`);
      }
      backend.user = device;
      device.onFinalize(() => {
        backend.user = undefined;
      });
      return id;
    },
    print: value => value ?? '',
  });
}

export const netdev = backendProperty('netdev', 'netdev', 'ID of a netdev to use as a backend');
export const drive = backendProperty(
  'drive',
  'drive',
  'Node name or ID of a block device to use as a backend',
);
export const chardev = backendProperty('chardev', 'chardev', 'ID of a chardev to use as a backend');
