import type { VirtioInfo } from '../generated/types.ts';
import type { QomObject } from '../qom/object.ts';
import type { CommandHandlers } from './context.ts';

/** The end of the names of their types, behind the kind of device. */
const SUFFIX = '-device';

export const virtioCommands: CommandHandlers<'x-query-virtio'> = {
  'x-query-virtio': ({ machine }) => [...virtioDevices(machine)].reverse(),
};

function* virtioDevices(object: QomObject): Generator<VirtioInfo> {
  for (const child of object.children.values()) {
    const { name } = child.type;
    if (child.type.isA('virtio-device') && name.endsWith(SUFFIX))
      yield { name: name.slice(0, -SUFFIX.length), path: child.path };
    yield* virtioDevices(child);
  }
}
