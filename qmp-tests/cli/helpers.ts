import assert from 'node:assert/strict';
import { QmpError } from '../../src/base/errors.ts';
import { chooseAccelerator } from '../../src/cli/accelerators.ts';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import type { Configuration } from '../../src/cli/configuration.ts';
import type { Surroundings } from '../../src/cli/draft.ts';
import { CliError, type HelpTopic, type Report } from '../../src/cli/errors.ts';
import { renderReport } from '../../src/cli/report.ts';
import { identifyProgram } from '../../src/cli/target.ts';
import { resolveMemory } from '../../src/machine/memory-size.ts';
import { resolveTopology, type TopologyRules } from '../../src/machine/topology.ts';
import { parseJsonText } from '../../src/qmp/json-text.ts';

/** A system with nothing on it but `files`, open descriptor 9 and the user `nobody`. */
export function surroundingsWith(files: Readonly<Record<string, string>> = {}): Surroundings {
  return {
    parseJson: parseJsonText,
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
      return content;
    },
    isOpenDescriptor: fd => fd === 9,
    userExists: name => name === 'nobody',
  };
}

export interface Outcome {
  /** The exit status, or undefined where a machine would start. */
  readonly exit: number | undefined;
  readonly stderr: string;
  readonly help: HelpTopic | undefined;
  readonly configuration: Configuration | undefined;
}

/** Reads a command line, the program first, and goes as far as QEMU does before it knows more than the command line. */
export function outcomeOf(argv: readonly string[], surroundings = surroundingsWith()): Outcome {
  const [path = '', ...words] = argv;
  const program = identifyProgram(path);
  const result = parseCommandLine(words, program, surroundings);
  const reports: Report[] = [...result.reports];
  let exit = result.kind === 'configuration' ? undefined : result.status;
  if (result.kind === 'configuration') {
    try {
      resolve(result.configuration, report => reports.push(report));
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      reports.push(...error.reports);
      exit = error.status;
    }
  }
  return {
    exit,
    stderr: reports.map(report => renderReport(report, program.name, result.style, 0)).join(''),
    help: result.kind === 'help' ? result.topic : undefined,
    configuration: result.kind === 'configuration' ? result.configuration : undefined,
  };
}

/** The machine's errors are told as the command line's. */
function atMachine(step: () => void): void {
  try {
    step();
  } catch (error) {
    throw error instanceof QmpError ? CliError.at(undefined, error.desc, error.hint) : error;
  }
}

/** Memory and processors of the machines in the recordings; these were made without KVM and qtest. */
function resolve(configuration: Configuration, report: (report: Report) => void): void {
  const isNone = configuration.machine.type === 'none';
  const rules = isNone ? { ...PSERIES, machine: 'none', maxCpus: 1 } : PSERIES;
  atMachine(() => {
    resolveTopology(configuration.smp, rules, message => report({ severity: 'warning', message }));
    resolveMemory(configuration.memory, 512n << 20n);
  });
  chooseAccelerator(configuration.accelerators, { known: ['tcg'], obstacle: () => undefined }, report);
}

export const PSERIES: TopologyRules = {
  machine: 'pseries-7.2',
  minCpus: 1,
  maxCpus: 4096,
  diesSupported: false,
  clustersSupported: false,
  preferSockets: false,
};

/** The configuration of words that are all right and cause no message. */
export function configure(
  words: readonly string[],
  { program = 'qmpsim-system-ppc64', surroundings = surroundingsWith() } = {},
): Configuration {
  const result = parseCommandLine(words, identifyProgram(program), surroundings);
  assert.deepEqual(result.reports, []);
  assert.ok(result.kind === 'configuration');
  return result.configuration;
}

/** What is said on stderr about words that are not all right. */
export function complaint(words: readonly string[], surroundings = surroundingsWith()): string {
  const { exit, stderr } = outcomeOf(['qmpsim-system-ppc64', ...words], surroundings);
  assert.equal(exit, 1);
  return stderr.trimEnd();
}
