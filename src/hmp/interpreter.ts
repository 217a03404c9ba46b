import { QmpError } from '../base/errors.ts';
import { findCommand, type HmpCommand, type HmpSession, isAvailable } from './command.ts';
import { BadArguments, Input, isSpace } from './input.ts';

/** Executes one line of a human monitor. What goes wrong is printed: it never rejects for a client's mistake. */
export async function execute(
  commands: readonly HmpCommand[],
  session: HmpSession,
  line: string,
): Promise<void> {
  const input = new Input(line, session.report);
  const found = parseCommand(commands, session, input);
  if (found === undefined) return;
  const run = readArguments(found, session, input);
  if (run === undefined) return;
  try {
    await run(session);
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    session.print(errorText(error));
  }
}

/** An error as the human monitor shows it. */
export function errorText({ desc, hint }: QmpError): string {
  return `Error: ${desc}\n${hint === undefined ? '' : `${hint}\n`}`;
}

/** The command, or where it has commands of its own the one of these that is meant. */
function parseCommand(
  commands: readonly HmpCommand[],
  session: HmpSession,
  input: Input,
): HmpCommand | undefined {
  if (input.isAtEnd) return undefined;
  const name = input.takeUntil(character => character === '/' || isSpace(character));
  const found = findCommand(commands, name);
  if (found === undefined) {
    session.print(`unknown command: '${input.consumed}'\n`);
    return undefined;
  }
  if (!isAvailable(found, session)) {
    session.print(`Command '${input.consumed}' not available until machine initialization has completed.\n`);
    return undefined;
  }
  if (found.subcommands !== undefined && !input.isAtEnd)
    return parseCommand(found.subcommands, session, input);
  input.skipSpace();
  return found;
}

function readArguments(found: HmpCommand, session: HmpSession, input: Input) {
  const name = input.consumed.trim();
  try {
    const report = (message: string, hint?: string) =>
      session.report(hint === undefined ? message : `${message}\n${hint}`);
    const run = found.read(input, { report });
    if (input.isAtEnd) return run;
    session.print(`${found.name}: extraneous characters at the end of line\n`);
  } catch (error) {
    if (!(error instanceof BadArguments)) throw error;
    session.print(error.message);
  }
  session.print(`Try "help ${name}" for more information\n`);
  return undefined;
}
