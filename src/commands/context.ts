import { QmpError } from '../base/errors.ts';
import type { ChardevRegistry } from '../chardev/registry.ts';
import type { Commands } from '../generated/commands.ts';
import type { Machine } from '../machine/machine.ts';
import type { Handlers } from '../qmp/dispatch.ts';
import { SpaprMachine } from '../spapr/machine.ts';

/** What a handler works on. */
export interface CommandContext {
  readonly machine: Machine;
  readonly chardevs: ChardevRegistry;
  /**
   * Finishes a machine that was waiting to be configured. If that cannot be done, the process ends, and the
   * promise is never settled.
   */
  readonly exitPreconfig: () => Promise<void>;
  /** Names of all commands, for those that list them. */
  readonly commandNames: () => readonly string[];
  /** What a human monitor prints for a line. @param cpu index of the processor that it is about */
  readonly humanMonitorCommand: (line: string, cpu: number) => Promise<string>;
}

/** The handlers of one schema document. */
export type CommandHandlers<Name extends keyof Commands> = Required<
  Pick<Handlers<CommandContext, Commands>, Name>
>;

/** The machine as a pseries. @throws QmpError where it is another */
export function spaprMachine({ machine }: CommandContext): SpaprMachine {
  if (!(machine instanceof SpaprMachine)) throw new QmpError('This command needs a pseries machine');
  return machine;
}
