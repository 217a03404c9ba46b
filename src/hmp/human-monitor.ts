import type { HmpCommand, HmpEnvironment } from './command.ts';
import { execute } from './interpreter.ts';
import { HMP_COMMANDS } from './table.ts';

/**
 * Executes a line as `human-monitor-command` does.
 * @param cpu index of the processor that it is about
 * @returns what a human monitor would have printed, lines ended by CR LF
 */
export async function humanMonitorCommand(
  environment: HmpEnvironment,
  line: string,
  cpu: number,
  commands: readonly HmpCommand[] = HMP_COMMANDS,
): Promise<string> {
  let output = '';
  const print = (text: string) => {
    output += text;
  };
  await execute(commands, { ...environment, print, history: [], state: { cpu } }, line);
  return toWire(output);
}

/** Lines of a monitor end in CR LF. */
export function toWire(text: string): string {
  return text.replaceAll('\n', '\r\n');
}
