import { QmpError } from '../base/errors.ts';
import type { ChardevUse, Medium } from './backends.ts';
import type { Device } from './device.ts';
import type { NetClient } from './net-client.ts';
import { notFound, QdevProperty } from './properties.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    /** How it uses its character device. */
    readonly chardevUse?: ChardevUse;
  }
}

/** The backend of an adapter, which it has for itself. */
export const netdev = new QdevProperty<NetClient | undefined>({
  name: 'netdev',
  type: 'str',
  description: 'ID of a netdev to use as a backend',
  initial: undefined,
  parse: (visitor, device) => {
    const name = visitor.string('netdev');
    const backend = device.system.netClients.backend(name);
    if (backend === undefined) throw notFound(device, 'netdev', name);
    if (backend.peer !== undefined)
      throw new QmpError(`Property '${device.type.name}.netdev' can't take value '${name}', it's in use`);
    return backend;
  },
  print: backend => backend?.name ?? '',
});

/** A character device of one's own; a device with several of them numbers these properties. */
export function chardevProperty(name: string): QdevProperty<string | undefined> {
  return new QdevProperty<string | undefined>({
    name,
    type: 'str',
    description: 'ID of a chardev to use as a backend',
    initial: undefined,
    parse: (visitor, device) => {
      const id = visitor.string(name);
      const { chardevs } = device.system.backends;
      if (chardevs?.kind(id) === undefined) throw notFound(device, name, id);
      const release = chardevs.take(id, device.type.class.chardevUse ?? {});
      if (release === undefined) {
        throw new QmpError(
          `Property '${device.type.name}.${name}' can't take value '${id}': Device '${id}' is in use`,
        );
      }
      device.onFinalize(release);
      return id;
    },
    print: value => value ?? '',
  });
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
    if (id === '') return undefined;
    const backend = device.system.backends.drives.get(id);
    if (backend === undefined) throw notFound(device, 'drive', id);
    const medium = backend.attach(device, 'drive');
    device.onFinalize(() => medium.detach());
    return medium;
  },
  print: medium => medium?.name ?? '',
});

export const audiodev = new QdevProperty<string | undefined>({
  name: 'audiodev',
  type: 'str',
  description: 'ID of an audiodev to use as a backend',
  initial: undefined,
  parse: (visitor, device) => {
    const id = visitor.string('audiodev');
    if (!device.system.backends.audio.includes(id)) throw notFound(device, 'audiodev', id);
    return id;
  },
  print: value => value ?? '',
});

/** Gives a device that is being realized its sound: without a backend of its own the first there is, or the host's. */
export function settleAudio(device: Device): void {
  if (device.value(audiodev) !== undefined) return;
  device.setValue(audiodev, device.system.backends.audio[0] ?? 'alsa');
}
