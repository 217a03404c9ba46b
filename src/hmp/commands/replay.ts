import { QmpError } from '../../base/errors.ts';
import { command } from '../command.ts';
import { int64 } from '../parameters.ts';

/** Going to and fro in a recorded machine. */
export const REPLAY_COMMANDS = [
  command({
    name: 'replay_break',
    usage: 'icount',
    help: 'set breakpoint at the specified instruction count',
    parameters: { icount: int64 },
    run: ({ execute, print }, { icount }) => saying(print, execute('replay-break', { icount })),
  }),
  command({
    name: 'replay_delete_break',
    help: 'remove replay breakpoint',
    run: ({ execute, print }) => saying(print, execute('replay-delete-break')),
  }),
  command({
    name: 'replay_seek',
    usage: 'icount',
    help: 'replay execution to the specified instruction count',
    parameters: { icount: int64 },
    run: ({ execute, print }, { icount }) => saying(print, execute('replay-seek', { icount })),
  }),
] as const;

/** What goes wrong here, the monitor does not call an error. */
async function saying(print: (text: string) => void, execution: Promise<void>): Promise<void> {
  try {
    await execution;
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    print(`${error.message}\n`);
  }
}
