import { command, findCommand, type HmpCommand, type HmpSession, isAvailable } from './command.ts';
import { Input } from './input.ts';
import { optional, rest } from './parameters.ts';

/** More words than that are not looked at. */
const MAX_WORDS = 16;

/** @param commands the table, which is complete only after this command is in it */
export function helpCommand(commands: () => readonly HmpCommand[]): HmpCommand {
  return command({
    name: 'help|?',
    usage: '[cmd]',
    help: 'show the help',
    allowPreconfig: true,
    parameters: { name: optional(rest) },
    run: (session, { name }) => printHelp(commands(), session, name ?? ''),
  });
}

/** Lists all commands, or one, or where that has commands of its own all of these. */
export function printHelp(commands: readonly HmpCommand[], session: HmpSession, topic: string): void {
  const words = splitWords(topic, session);
  if (words !== undefined) dump(commands, session, words, 0);
}

function splitWords(text: string, session: HmpSession): readonly string[] | undefined {
  const input = new Input(text, session.report);
  const words: string[] = [];
  while (!input.isAtEnd) {
    const word = input.takeWord();
    if (word === undefined || words.length >= MAX_WORDS) return undefined;
    words.push(word);
  }
  return words;
}

function dump(
  commands: readonly HmpCommand[],
  session: HmpSession,
  words: readonly string[],
  index: number,
): void {
  const word = words[index];
  const before = words
    .slice(0, index)
    .map(each => `${each} `)
    .join('');
  const show = ({ name, usage, help }: HmpCommand) => session.print(`${before}${name} ${usage} -- ${help}\n`);
  if (word === undefined) {
    for (const each of commands) if (isAvailable(each, session)) show(each);
    return;
  }
  const found = findCommand(commands, word);
  if (found === undefined || !isAvailable(found, session))
    session.print(`unknown command: '${words.slice(0, index + 1).join(' ')}'\n`);
  else if (found.subcommands !== undefined) dump(found.subcommands, session, words, index + 1);
  else show(found);
}
