import { QmpError } from '../base/errors.ts';
import type { YankInstance } from '../generated/types.ts';
import type { CommandContext, CommandHandlers } from './context.ts';

export const yankCommands: CommandHandlers<'yank' | 'query-yank'> = {
  yank: (context, { instances }) => {
    // One that does not exist spares all others.
    const actions = instances.map(instance => find(context, instance));
    for (const yank of actions) yank();
  },
  'query-yank': ({ chardevs }) =>
    chardevs.all
      .filter(chardev => chardev.yank !== undefined)
      .map(({ id }): YankInstance => ({ type: 'chardev', id })),
};

/** Only character devices hold connections here. */
function find({ chardevs }: CommandContext, instance: YankInstance): () => void {
  const chardev = instance.type === 'chardev' ? chardevs.all.find(({ id }) => id === instance.id) : undefined;
  if (chardev?.yank === undefined) throw new QmpError('Instance not found', 'DeviceNotFound');
  return () => chardev.yank?.();
}
