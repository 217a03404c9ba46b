import { identifyProgram } from './target.ts';

/** Runs to the end. @returns the status to exit with */
type Subcommand = (words: readonly string[], program: string) => Promise<number>;

/** What the program does beside being an emulator. */
const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  [
    'start',
    async (_words, program) => {
      const { start } = await import('./start.ts');
      return start(program, text => console.log(text));
    },
  ],
  [
    'host-capture',
    async words => {
      const { hostCapture } = await import('./host-capture.ts');
      const print = (text: string) => console.log(text);
      return hostCapture(words, { print, complain: text => console.error(text) });
    },
  ],
  [
    'shell',
    async words => {
      const { shell } = await import('../client/shell.ts');
      const { stdin: input, stdout: output, stderr: errors } = process;
      return shell(words, { input, output, errors, terminal: input.isTTY && output.isTTY });
    },
  ],
]);

/**
 * The subcommand that a command line asks for. Only `qmpsim` has some: under an emulator's name, a first
 * word without a dash is a disk image.
 *
 * @param command as in `process.argv`
 */
export function findSubcommand(command: readonly string[]): (() => Promise<number>) | undefined {
  const [, program = '', name = '', ...words] = command;
  const run = identifyProgram(program).name === 'qmpsim' ? SUBCOMMANDS.get(name) : undefined;
  return run === undefined ? undefined : () => run(words, program);
}
