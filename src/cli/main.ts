/** The program: reads the command line, answers questions, goes into the background, and runs a machine. */

import { fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { systemErrorText } from '../base/system-errors.ts';
import { parseJsonText } from '../qmp/json-text.ts';
import { parseCommandLine } from './command-line.ts';
import type { Configuration } from './configuration.ts';
import type { DaemonChannel } from './daemonize.ts';
import type { Surroundings } from './draft.ts';
import { CliError, type HelpTopic, type Report } from './errors.ts';
import type { Version } from './help.ts';
import type { PidFile } from './pidfile.ts';
import { renderReport } from './report.ts';
import { identifyProgram, type ProgramIdentity } from './target.ts';

/** What the program is about; the command line knows nothing of it. */
export interface Application {
  readonly version: Version;
  /** Text about machines, devices, objects and the like, for stdout. */
  describe(topic: HelpTopic, program: ProgramIdentity): Promise<string>;
  /**
   * Builds the machine and runs it.
   *
   * @returns the status to exit with, once the machine has ended
   * @throws CliError where something on the command line cannot be had
   */
  run(configuration: Configuration, stage: Stage): Promise<number>;
}

/** What a running machine tells the process around it. */
export interface Stage {
  /** To stderr, in the form of all messages. */
  report(report: Report): void;
  /** To the file of `-D`, else to stderr; whole lines. */
  log(text: string): void;
  /** Everything listens that was asked to: whoever waits for that may go on. */
  ready(): void;
}

/** The process and the files around it. */
const SURROUNDINGS: Surroundings = {
  parseJson: parseJsonText,
  readFile: path => readFileSync(path, 'utf8'),
  isOpenDescriptor(fd) {
    try {
      fstatSync(fd);
      return true;
    } catch {
      return false;
    }
  },
  userExists: name => passwordEntry(name) !== undefined,
};

/** Takes text for a file descriptor. */
export type Output = (fd: number, text: string) => void;

/**
 * @param command as the system gives it: the interpreter, the program's path, its arguments
 * @returns the status to exit with
 */
export async function main(
  command: readonly string[],
  application: Application,
  output: Output = write,
): Promise<number> {
  const [, path = 'qmpsim', ...words] = command;
  const program = identifyProgram(path);
  const result = parseCommandLine(words, program, SURROUNDINGS);
  const report = (said: Report) => output(2, renderReport(said, program.name, result.style, Date.now()));
  for (const line of result.reports) report(line);
  if (result.kind === 'error') return result.status;
  try {
    if (result.kind === 'configuration') {
      return await start(result.configuration, { command, application, report, output });
    }
    const { helpText } = await import('./help.ts');
    const text = helpText(result.topic, program.name, application.version);
    output(1, text ?? (await application.describe(result.topic, program)));
    return result.status;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    for (const line of error.reports) report(line);
    return error.status;
  }
}

interface StartContext {
  readonly command: readonly string[];
  readonly application: Application;
  readonly report: (report: Report) => void;
  readonly output: Output;
}

async function start(
  configuration: Configuration,
  { command, application, report, output }: StartContext,
): Promise<number> {
  const { daemonize, pidFile: pidPath, logFile, runAs } = configuration.process;
  let channel: DaemonChannel | undefined;
  if (daemonize) {
    const { startDaemon, takeDaemonChannel } = await import('./daemonize.ts');
    channel = takeDaemonChannel(process.env);
    if (channel === undefined) return await startDaemon(command);
  }

  let pidFile: PidFile | undefined;
  try {
    const log = logFile === undefined ? 2 : openLog(logFile);
    if (pidPath !== undefined) pidFile = (await import('./pidfile.ts')).createPidFile(pidPath);
    return await application.run(configuration, {
      report,
      log: text => output(log, text),
      ready() {
        if (runAs !== undefined) becomeUser(runAs);
        channel?.ready();
      },
    });
  } finally {
    pidFile?.remove();
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'w');
  } catch (error) {
    throw CliError.at(undefined, `Error opening logfile ${path}: ${systemErrorText(error)}`);
  }
}

function becomeUser(user: string | { readonly uid: number; readonly gid: number }): void {
  try {
    if (typeof user === 'string') {
      const group = Number(passwordEntry(user)?.split(':')[3]);
      process.setgid?.(group);
      process.setgroups?.([group]);
      process.setuid?.(user);
    } else {
      process.setgid?.(user.gid);
      process.setgroups?.([user.gid]);
      process.setuid?.(user.uid);
    }
  } catch {
    const name = typeof user === 'string' ? user : `${user.uid}:${user.gid}`;
    throw CliError.at(undefined, `Failed to change the user to ${name}`);
  }
}

/** Users that the system knows from elsewhere are given by their numbers. */
function passwordEntry(user: string): string | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.find(line => line.startsWith(`${user}:`));
}

/** Writes at once: `process.stderr` would hold on to a descriptor that a daemon must let go of. */
function write(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // Nobody reads it.
  }
}
