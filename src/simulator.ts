import type { Clock } from './base/clock.ts';
import { HardwareError, QmpError } from './base/errors.ts';
import type { Chardev, Frontend } from './chardev/chardev.ts';
import { ChardevRegistry } from './chardev/registry.ts';
import type { StandardStreams } from './chardev/stdio-chardev.ts';
import type { CommandContext } from './commands/context.ts';
import { DEFERRED_DOCUMENTS, EARLY_DOCUMENTS } from './commands/table.ts';
import { QEMU_VERSION } from './commands/version.ts';
import { type Commands, commandInfo } from './generated/commands.ts';
import type { HmpEnvironment } from './hmp/command.ts';
import type { ReadlineMonitor } from './hmp/readline-monitor.ts';
import type { Machine } from './machine/machine.ts';
import { ChardevTree } from './objects/chardev-tree.ts';
import { findTlsCredentials, mayConnect } from './objects/tls-lookup.ts';
import type { ChardevSource } from './qdev/backends.ts';
import { type CommandTraits, Dispatcher } from './qmp/dispatch.ts';
import { MonitorSet } from './qmp/monitors.ts';

export interface SimulatorOptions {
  readonly clock: Clock;
  /** Takes a line for stderr. */
  readonly report: (line: string) => void;
  /** Takes a line that is no error; dropped by default. */
  readonly notice?: (severity: 'warning' | 'info', line: string) => void;
  readonly claimStdio: () => StandardStreams;
  /** Adds the command line's devices to a machine that waits to be configured, and starts it. */
  readonly exitPreconfig?: () => Promise<void>;
}

/** A machine with the ways into it: commands in process, and monitors on character devices. */
export class Simulator {
  readonly chardevs: ChardevRegistry;
  readonly #dispatcher: Dispatcher<CommandContext, Commands>;
  readonly #context: CommandContext;
  readonly #monitors: MonitorSet<CommandContext, Commands>;
  readonly #humanEnvironment: HmpEnvironment;
  readonly #humanMonitors: ReadlineMonitor[] = [];

  constructor(
    readonly machine: Machine,
    options: SimulatorOptions,
  ) {
    const { clock, report, notice, claimStdio, exitPreconfig = async () => machine.start() } = options;
    this.chardevs = new ChardevRegistry({
      clock,
      claimStdio,
      report: (severity, line) => (severity === 'error' ? report(line) : notice?.(severity, line)),
      tlsCredentials: id => findTlsCredentials(machine.system, id),
      authorise: (id, name) => mayConnect(machine.system, id, name),
      terminate: () => machine.quit('host-qmp-quit'),
    });
    const { system } = machine;
    system.addChild('chardevs', new ChardevTree(system.types.require('container'), () => this.chardevs.all));
    system.backends.chardevs = chardevSource(this.chardevs);
    this.#dispatcher = new Dispatcher({
      documents: EARLY_DOCUMENTS,
      deferred: DEFERRED_DOCUMENTS.map(({ names, load }) => ({
        names,
        load: async () => {
          await system.types.complete();
          return await load();
        },
      })),
      traits: commandInfo,
      admit,
    });
    const { qemu } = QEMU_VERSION;
    this.#humanEnvironment = {
      machine,
      version: `${qemu.major}.${qemu.minor}.${qemu.micro}`,
      execute: (name, args) => this.execute(name, args),
      report,
    };
    this.#context = {
      machine,
      chardevs: this.chardevs,
      exitPreconfig,
      commandNames: this.#dispatcher.names,
      humanMonitorCommand: async (line, cpu) => {
        const { humanMonitorCommand } = await import('./hmp/human-monitor.ts');
        return await humanMonitorCommand(this.#humanEnvironment, line, cpu);
      },
    };
    this.#monitors = new MonitorSet({
      dispatcher: this.#dispatcher,
      contextOf: () => this.#context,
      version: QEMU_VERSION,
      clock,
      log: report,
      hardwareError: error => machine.abort(error.message),
    });
    machine.events.subscribe(this.#monitors.sendEvent);
    machine.onEnd(() => this.#closeMonitors());
  }

  /**
   * Executes a command as a QMP client would, without a wire.
   * @throws QmpError; HardwareError if that ended the machine; Error if it had ended before
   */
  async execute<Name extends keyof Commands>(
    name: Name,
    args?: Commands[Name]['arguments'],
  ): Promise<Commands[Name]['returns']> {
    if (this.machine.end !== undefined) throw new Error('the machine has ended');
    try {
      return await this.#dispatcher.execute(this.#context, name, args);
    } catch (error) {
      if (error instanceof HardwareError) this.machine.abort(error.message);
      throw error;
    }
  }

  /** Greets whoever connects to a character device as a QMP server. */
  addMonitor(chardev: Chardev, pretty = false): void {
    this.#monitors.add(chardev, { pretty });
  }

  /** Makes a character device a human monitor. */
  async addHumanMonitor(chardev: Chardev): Promise<void> {
    const [{ ReadlineMonitor }, { HMP_COMMANDS }] = await Promise.all([
      import('./hmp/readline-monitor.ts'),
      import('./hmp/table.ts'),
      this.machine.system.types.complete(),
    ]);
    const monitor = new ReadlineMonitor(this.#humanEnvironment, HMP_COMMANDS);
    chardev.attach(monitor);
    this.#humanMonitors.push(monitor);
  }

  /** Ends all conversations and frees the sockets. */
  close(): void {
    this.#closeMonitors();
    this.chardevs.close();
    this.machine.process.close();
  }

  #closeMonitors(): void {
    this.#monitors.close();
    for (const monitor of this.#humanMonitors) monitor.close();
  }
}

/** Before a machine is finished, most commands have nothing to work on. */
function admit({ machine }: CommandContext, name: string, { allowPreconfig = false }: CommandTraits): void {
  if (machine.system.ready || allowPreconfig) return;
  throw new QmpError(`The command '${name}' is permitted only after machine initialization has completed`);
}

/** Character devices for emulated devices, which take what is sent to them and never say anything. */
function chardevSource(registry: ChardevRegistry): ChardevSource {
  const find = (id: string) => registry.all.find(chardev => chardev.id === id);
  return {
    kind: id => find(id)?.backend,
    take: id => {
      const chardev = find(id);
      if (chardev === undefined || chardev.frontend !== undefined) return undefined;
      const frontend: Frontend = {
        opened: () => ({ receive: () => {}, drained: () => {}, closed: () => {} }),
      };
      chardev.attach(frontend);
      return () => chardev.detach(frontend);
    },
  };
}
