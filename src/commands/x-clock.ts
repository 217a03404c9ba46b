import { VirtualClock } from '../base/clock.ts';
import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';

export const xClockCommands: CommandHandlers<'x-clock-step'> = {
  'x-clock-step': ({ machine }, { ns }) => {
    const { clock } = machine.environment;
    if (!(clock instanceof VirtualClock)) throw new QmpError("This command needs '-clock virtual'");
    return { now: clock.step(BigInt(ns)) };
  },
};
