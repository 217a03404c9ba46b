/**
 * `-daemonize`: the command returns once the machine can be connected to, and the machine stays in the background.
 *
 * Node.js cannot fork. Instead the program starts itself once more, in a session of its own, with a pipe on which
 * the second process says that it is ready. Until then both share stdout and stderr, so that the errors of the second
 * are seen; afterwards it lets go of them, because whoever started the first waits for their end.
 */

import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';

/** Tells the second process which descriptor to report on. */
const CHANNEL_VARIABLE = 'QMPSIM_DAEMON_CHANNEL';

const FIRST_FREE_DESCRIPTOR = 3;
const DAEMON_UMASK = 0o027;

/**
 * Starts the background process with the same command line.
 *
 * @param command the program and its arguments, as in `process.argv`
 * @returns the status to exit with: 0 once it is ready, its own if it ends before
 */
export function startDaemon(command: readonly string[]): Promise<number> {
  const [node = process.execPath, ...args] = command;
  const inherited = inheritedDescriptors(args);
  const channel = Math.max(FIRST_FREE_DESCRIPTOR - 1, ...inherited) + 1;
  const stdio = Array.from({ length: channel }, (_, fd) =>
    fd !== 0 && (fd < FIRST_FREE_DESCRIPTOR || inherited.has(fd))
      ? ('inherit' as const)
      : ('ignore' as const),
  );
  const child = spawn(node, [...process.execArgv, ...args], {
    detached: true,
    env: { ...process.env, [CHANNEL_VARIABLE]: String(channel) },
    stdio: [...stdio, 'pipe'],
  });
  const reports = child.stdio[channel];
  return new Promise(resolve => {
    reports?.once('data', () => {
      // Nothing of the other process keeps this one any longer.
      reports.destroy();
      child.unref();
      resolve(0);
    });
    child.once('exit', status => resolve(status ?? 1));
    child.once('error', () => resolve(1));
  });
}

/** The background process's side. */
export interface DaemonChannel {
  /** Everything that can fail has succeeded: lets the first process end, and goes into the background. */
  ready(): void;
}

/** The channel to report on, if this process is the one in the background. */
export function takeDaemonChannel(environment: NodeJS.ProcessEnv): DaemonChannel | undefined {
  const text = environment[CHANNEL_VARIABLE];
  if (text === undefined) return undefined;
  delete environment[CHANNEL_VARIABLE];
  const channel = Number(text);
  process.umask(DAEMON_UMASK);
  return {
    ready() {
      process.chdir('/');
      for (const fd of [1, 2]) {
        closeSync(fd);
        // The lowest free number is the one just closed.
        openSync('/dev/null', 'r+');
      }
      writeSync(channel, '\0');
      closeSync(channel);
    },
  };
}

/** Descriptors that options name (`fd=7`, `fds=7:8`, `"fd":"7"`): they must keep their numbers. */
function inheritedDescriptors(args: readonly string[]): Set<number> {
  const numbers = args.flatMap(arg => [...arg.matchAll(/fds?"?\s*[=:]\s*"?([0-9]+(?::[0-9]+)*)/g)]);
  return new Set(numbers.flatMap(match => (match[1] ?? '').split(':').map(Number)));
}
