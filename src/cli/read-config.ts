/**
 * Configuration files (`-readconfig`): sections named after an option and, in quotes, its id, with one parameter a line.
 *
 * ```ini
 * [device "net0"]
 *   driver = "e1000"
 *   addr = "5"
 * ```
 */

import type { OptionEntry } from '../base/option-syntax.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { CliError } from './errors.ts';

export interface ConfigSection {
  readonly group: string;
  readonly id: string | undefined;
  readonly parameters: readonly OptionEntry[];
  /** The file and the section's last line, in the form that `Report.location` has for files. */
  readonly location: string;
}

/** @throws CliError where the file cannot be read or a line is none of the above */
export function parseConfigFile(
  surroundings: { readFile(path: string): string },
  file: string,
  location: string,
): readonly ConfigSection[] {
  let text: string;
  try {
    text = surroundings.readFile(file);
  } catch (error) {
    throw CliError.at(location, `Could not open '${file}': ${systemErrorText(error)}`);
  }

  const sections: { group: string; id: string | undefined; parameters: OptionEntry[]; location: string }[] =
    [];
  for (const [index, line] of text.split('\n').entries()) {
    const place = `:${file}:${index + 1}`;
    if (/^\s*(#|$)/.test(line)) continue;
    const header = /^\[\s*([^\]"\s]+)(?:\s+"([^"]*)")?\s*\]\s*$/.exec(line);
    if (header !== null) {
      sections.push({ group: header[1] ?? '', id: header[2], parameters: [], location: place });
      continue;
    }
    const parameter = /^\s*([^\s=]+)\s*=\s*"([^"]*)"\s*$/.exec(line);
    if (parameter === null) throw CliError.at(place, 'parse error');
    const section = sections.at(-1);
    if (section === undefined) throw CliError.at(place, 'no group defined');
    section.parameters.push({ name: parameter[1] ?? '', value: parameter[2] ?? '' });
    section.location = place;
  }
  return sections;
}
