import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { RealClock, VirtualClock } from '../base/clock.ts';
import { QmpError } from '../base/errors.ts';
import type { StandardStreams } from '../chardev/stdio-chardev.ts';
import type { Terminal } from '../chardev/terminal.ts';
import type { RunStateActions } from '../machine/actions.ts';
import type { MachineEnd } from '../machine/machine.ts';
import { resolveMemory } from '../machine/memory-size.ts';
import type { Simulator } from '../simulator.ts';
import { Wires } from '../wires.ts';
import { CommandLineChardevs } from './chardevs.ts';
import type { Configuration } from './configuration.ts';
import { machineTraits } from './machine-types.ts';
import type { Stage } from './main.ts';
import type { ObjectSpecs } from './object-option.ts';
import { atLocation, HARDWARE_ERROR_STATUS } from './report-errors.ts';
import { makeTracer } from './tracing.ts';
import { othersTurn } from './turn.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The longest that Node's timers know. */
const LONG = 2 ** 31 - 1;

/** Builds what the configuration asks for and runs it to its end. @returns the exit status @throws CliError */
export async function run(configuration: Configuration, stage: Stage): Promise<number> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const simulator = await build(configuration, stage, fail);
  const { machine } = simulator;
  const ended = new Promise<number>(resolve => {
    machine.onEnd(end => {
      if (end.message !== undefined)
        stage.report({ severity: 'error', message: `hardware error: ${end.message}` });
      resolve(exitStatus(end, machine.actions));
    });
  });
  const terminate = (signal: NodeJS.Signals) => {
    // Node does not tell who sent it. Whoever drives the machine by qtest knows.
    if (configuration.qtest === undefined)
      stage.report({ severity: 'error', message: `terminating on signal ${constants.signals[signal]}` });
    if (signal === 'SIGHUP') process.once('exit', leaveTerminal);
    machine.quit('host-signal');
  };
  for (const signal of SIGNALS) process.on(signal, terminate);
  // A machine that nobody can reach goes on all the same.
  const life = setInterval(() => {}, LONG);
  stage.ready();
  simulator.open();
  try {
    const status = await Promise.race([ended, failed]);
    // The reply to the command that ended it is still on its way.
    await othersTurn();
    return status;
  } finally {
    clearInterval(life);
    for (const signal of SIGNALS) process.off(signal, terminate);
    simulator.close();
  }
}

/**
 * Opens what clients come by, then builds the machine, whose code is loaded meanwhile.
 * @param fail is told why a machine could not be finished on the way out of `-preconfig`
 */
async function build(
  configuration: Configuration,
  stage: Stage,
  fail: (error: unknown) => void,
): Promise<Simulator> {
  const traits = await machineTraits(configuration);
  const { hostFile } = configuration;
  const inventory = hostFile === undefined ? undefined : await (await import('./host.ts')).readHost(hostFile);
  const memory = atLocation(undefined, () => resolveMemory(configuration.memory, traits.defaultRamSize));
  const clock = configuration.clock === 'virtual' ? new VirtualClock() : new RealClock();
  const trace = await makeTracer(configuration, stage);
  const report = (message: string) => stage.report({ severity: 'error', message });
  const notice = (severity: 'warning' | 'info', message: string) => stage.report({ severity, message });
  const wires = new Wires({ clock, report, notice, claimStdio: stdioOnce() });
  const chardevs = new CommandLineChardevs(wires, configuration, stage);
  try {
    const objects = await readObjects(configuration);
    await chardevs.openEarly();
    const { buildMachine } = await import('./build-machine.ts');
    await othersTurn();
    return await buildMachine(configuration, stage, {
      traits,
      inventory,
      memory,
      clock,
      trace,
      objects,
      wires,
      chardevs,
      fail,
    });
  } catch (error) {
    wires.close();
    throw error;
  }
}

async function readObjects(configuration: Configuration): Promise<ObjectSpecs> {
  if (configuration.objects.length === 0) return { early: [], late: [] };
  return (await import('./object-option.ts')).readObjects(configuration);
}

function exitStatus({ cause }: MachineEnd, { panic }: RunStateActions): number {
  if (cause === 'hardware-error') return HARDWARE_ERROR_STATUS;
  return cause === 'guest-panic' && panic === 'exit-failure' ? 1 : 0;
}

function stdioOnce(): () => StandardStreams {
  let taken = false;
  return () => {
    if (taken) throw new QmpError('cannot use stdio by multiple character devices');
    taken = true;
    const { stdin, stdout } = process;
    return { stdin, stdout, terminal: stdin.isTTY ? terminalOf(stdin) : undefined };
  };
}

/** Lets go of a terminal that may be gone: Node would abort when it could not put it back as it was. */
function leaveTerminal(): void {
  for (const fd of [0, 1, 2]) closeSync(fd);
}

function terminalOf(stdin: NodeJS.ReadStream): Terminal {
  return {
    setRaw: isRaw => stdin.setRawMode(isRaw),
    raise(signal) {
      if (signal === 'SIGTSTP') {
        // The shell gets the terminal as it was, until the process goes on.
        stdin.setRawMode(false);
        process.once('SIGCONT', () => stdin.setRawMode(true));
      }
      // To the whole job, as the terminal would.
      process.kill(0, signal);
    },
  };
}
