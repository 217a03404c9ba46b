import { QmpError } from '../base/errors.ts';
import type { Medium } from './backends.ts';
import type { Device } from './device.ts';
import { notFound, QdevProperty } from './properties.ts';

/** A backend that serves one device at a time. */
function exclusiveBackend(
  name: string,
  kind: 'netdev' | 'chardev',
  description: string,
  inUse: (id: string) => string,
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
        throw new QmpError(`Property '${device.type.name}.${name}' can't take value '${id}'${inUse(id)}`);
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

export const netdev = exclusiveBackend(
  'netdev',
  'netdev',
  'ID of a netdev to use as a backend',
  () => ", it's in use",
);

/** A device with several character devices numbers these properties. */
export function chardevProperty(name: string): QdevProperty<string | undefined> {
  return exclusiveBackend(
    name,
    'chardev',
    'ID of a chardev to use as a backend',
    id => `: Device '${id}' is in use`,
  );
}

export const chardev = chardevProperty('chardev');

export const drive = new QdevProperty<Medium | undefined>({
  name: 'drive',
  type: 'str',
  description: 'Node name or ID of a block device to use as a backend',
  initial: undefined,
  alwaysWritable: true,
  parse: (visitor, device) => {
    const id = visitor.string('drive');
    const backend = device.system.backends.of('drive').get(id);
    if (backend === undefined) throw notFound(device, 'drive', id);
    const medium = backend.attach(device, 'drive');
    device.onFinalize(() => medium.detach());
    return medium;
  },
  print: medium => medium?.name ?? '',
});

/** There is no sound to be heard here, hence no audio backend to name: every device has the host's own. */
export const audiodev = new QdevProperty<string | undefined>({
  name: 'audiodev',
  type: 'str',
  description: 'ID of an audiodev to use as a backend',
  initial: undefined,
  parse: (visitor, device) => {
    throw notFound(device, 'audiodev', visitor.string('audiodev'));
  },
  print: value => value ?? '',
});

/** Gives a device that is being realized its sound. */
export function settleAudio(device: Device): void {
  device.setValue(audiodev, 'alsa');
}
