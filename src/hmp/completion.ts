import { findCommand, type HmpCommand, type HmpEnvironment } from './command.ts';
import { Input, isSpace } from './input.ts';
import type { Completion } from './line-editor.ts';

const NOTHING: Completion = { length: 0, candidates: [] };
/** More are not offered. */
const MAX_CANDIDATES = 256;

/** What the last word of a line may become: a command, a subcommand, or what a command says of its argument. */
export function completeLine(
  commands: readonly HmpCommand[],
  environment: HmpEnvironment,
  line: string,
): Completion {
  const input = new Input(line, () => {});
  const words: string[] = [];
  while (!input.isAtEnd) {
    const word = input.takeWord();
    if (word === undefined) return NOTHING;
    words.push(word);
  }
  // Behind a blank a new word begins, of which there is nothing yet.
  if (line === '' || isSpace(line.at(-1))) words.push('');
  return completeWords(commands, environment, words);
}

function completeWords(
  commands: readonly HmpCommand[],
  environment: HmpEnvironment,
  words: readonly string[],
): Completion {
  const [first = '', ...others] = words;
  if (others.length === 0)
    return among(
      first,
      commands.flatMap(({ name }) => name.split('|')),
    );
  const found = findCommand(commands, first);
  if (found === undefined) return NOTHING;
  if (found.subcommands !== undefined) return completeWords(found.subcommands, environment, others);
  // `help` takes the words of any other line.
  if (found.name === 'help|?') return completeWords(commands, environment, others);
  const candidates = found.complete?.(environment, others.length - 1) ?? [];
  return among(others.at(-1) ?? '', candidates);
}

function among(start: string, candidates: Iterable<string>): Completion {
  const fitting = [...candidates].filter(candidate => candidate.startsWith(start));
  return { length: start.length, candidates: fitting.slice(0, MAX_CANDIDATES) };
}
