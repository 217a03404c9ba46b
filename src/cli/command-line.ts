import type { Configuration } from './configuration.ts';
import { Draft, type Surroundings } from './draft.ts';
import { CliError, HelpRequested, type HelpTopic, type Report } from './errors.ts';
import { finish } from './finish.ts';
import { addDrive } from './option-actions.ts';
import { OPTIONS, type OptionRule } from './options.ts';
import { readReportStyle } from './process-options.ts';
import { PLAIN_STYLE, type ReportStyle } from './report.ts';
import type { ProgramIdentity } from './target.ts';

/** What comes of a command line. `reports` go to stderr in any case. */
export type CommandLineResult = {
  readonly reports: readonly Report[];
  readonly style: ReportStyle;
} & (
  | { readonly kind: 'configuration'; readonly configuration: Configuration }
  | { readonly kind: 'help'; readonly topic: HelpTopic; readonly status: number }
  | { readonly kind: 'error'; readonly status: number }
);

/**
 * Reads a command line as QEMU 7.2 does.
 *
 * @param words the arguments, without the program
 */
export function parseCommandLine(
  words: readonly string[],
  program: ProgramIdentity,
  surroundings: Surroundings,
): CommandLineResult {
  const reports: Report[] = [];
  const draft = new Draft(program, surroundings, report => reports.push(report));
  const style = () => styleSoFar(draft);
  try {
    // All options are looked up before the first one takes effect.
    for (const option of [...splitWords(words)]) applyOption(draft, option);
    return { kind: 'configuration', configuration: finish(draft), reports, style: style() };
  } catch (error) {
    if (error instanceof HelpRequested) {
      return { kind: 'help', topic: error.topic, status: error.status, reports, style: style() };
    }
    if (error instanceof CliError) {
      return { kind: 'error', status: error.status, reports: [...reports, ...error.reports], style: style() };
    }
    throw error;
  }
}

/** An option with its argument; without a rule, a file name that stands alone. */
interface OptionUse {
  readonly rule: OptionRule | undefined;
  readonly argument: string;
  readonly location: string;
}

/** @throws CliError at the first word that is not an option, or at an option whose argument is missing */
function* splitWords(words: readonly string[]): Generator<OptionUse> {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) {
      yield { rule: undefined, argument: word, location: word };
      continue;
    }
    const rule = OPTIONS.get(word.slice(word.startsWith('--') ? 2 : 1));
    if (rule === undefined) throw CliError.at(word, 'invalid option');
    if (!rule.takesArgument) {
      yield { rule, argument: '', location: word };
      continue;
    }
    const argument = words[++index];
    if (argument === undefined) throw CliError.at(word, 'requires an argument');
    yield { rule, argument, location: `${word} ${argument}` };
  }
}

function applyOption(draft: Draft, { rule, argument, location }: OptionUse): void {
  if (rule === undefined) {
    addDrive(draft, { file: argument, index: 0, media: 'disk' }, location);
  } else if (rule.targets.includes(draft.program.target)) {
    rule.apply(draft, argument, location);
  } else {
    throw CliError.at(location, 'Option not supported for this target');
  }
}

/** Also after an error in the middle of the command line its messages are decorated as asked for. */
function styleSoFar(draft: Draft): ReportStyle {
  try {
    return readReportStyle(draft);
  } catch {
    return PLAIN_STYLE;
  }
}
