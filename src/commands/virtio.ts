import { VirtioDevice } from '../pci/virtio/virtio-device.ts';
import type { CommandHandlers } from './context.ts';

export const virtioCommands: CommandHandlers<'x-query-virtio'> = {
  'x-query-virtio': ({ machine }) =>
    [...machine.system.inService]
      .filter(device => device instanceof VirtioDevice)
      .map(({ virtioName, path }) => ({ name: virtioName, path }))
      .reverse(),
};
