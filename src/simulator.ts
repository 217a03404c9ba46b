import { HardwareError } from './base/errors.ts';
import type { Chardev, Frontend } from './chardev/chardev.ts';
import type { ChardevRegistry } from './chardev/registry.ts';
import type { CommandContext } from './commands/context.ts';
import { QEMU_VERSION } from './commands/version.ts';
import type { Commands } from './generated/commands.ts';
import type { HmpEnvironment } from './hmp/command.ts';
import type { ReadlineMonitor } from './hmp/readline-monitor.ts';
import type { Machine } from './machine/machine.ts';
import { ChardevTree } from './objects/chardev-tree.ts';
import { findTlsCredentials, mayConnect } from './objects/tls-lookup.ts';
import type { ChardevSource } from './qdev/backends.ts';
import type { QtestServer } from './qtest/server.ts';
import type { Wires } from './wires.ts';

export interface SimulatorOptions {
  /** Takes a line for stderr. */
  readonly report: (line: string) => void;
  /** Adds the command line's devices to a machine that waits to be configured, and starts it. */
  readonly exitPreconfig?: () => Promise<void>;
}

/** A machine with the ways into it: commands in process, and monitors on character devices. */
export class Simulator {
  readonly #wires: Wires;
  readonly #context: CommandContext;
  readonly #humanEnvironment: HmpEnvironment;
  readonly #humanMonitors: ReadlineMonitor[] = [];
  readonly #report: (line: string) => void;
  #qtest: QtestServer | undefined;

  constructor(
    readonly machine: Machine,
    wires: Wires,
    { report, exitPreconfig = async () => machine.start() }: SimulatorOptions,
  ) {
    this.#wires = wires;
    this.#report = report;
    const { system } = machine;
    wires.attach(machine, {
      tlsCredentials: id => findTlsCredentials(system, id),
      authorise: (id, name) => mayConnect(system, id, name),
    });
    system.addChild('chardevs', new ChardevTree(system.types.require('container'), () => this.chardevs.all));
    system.backends.chardevs = chardevSource(this.chardevs);
    const { qemu } = QEMU_VERSION;
    this.#humanEnvironment = {
      machine,
      version: `${qemu.major}.${qemu.minor}.${qemu.micro}`,
      execute: (name, args) => this.execute(name, args),
      lastFormat: { letter: 'x', size: 4 },
      addChardev: async (id, chardevOptions) => {
        await (await this.chardevs.create(id, chardevOptions, 'client')).ready();
      },
      report,
    };
    this.#context = {
      machine,
      chardevs: this.chardevs,
      exitPreconfig,
      commandNames: () => wires.dispatcher.namesFor(this.#context),
      humanMonitorCommand: async (line, cpu) => {
        const { humanMonitorCommand } = await import('./hmp/human-monitor.ts');
        return await humanMonitorCommand(this.#humanEnvironment, line, cpu);
      },
    };
    machine.onEnd(() => this.#closeMonitors());
  }

  get chardevs(): ChardevRegistry {
    return this.#wires.chardevs;
  }

  /** Lets those in who wait at the monitors. */
  open(): void {
    this.#wires.open(this.#context);
    this.#qtest?.open();
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
      return await this.#wires.dispatcher.execute(this.#context, name, args);
    } catch (error) {
      if (error instanceof HardwareError) this.machine.abort(error.message);
      throw error;
    }
  }

  /** Greets whoever connects to a character device as a QMP server. */
  addMonitor(chardev: Chardev, pretty = false): void {
    this.#wires.addMonitor(chardev, pretty);
  }

  /** Makes a character device a human monitor. @param isSecond whether others that share the device come first */
  async addHumanMonitor(chardev: Chardev, isSecond = false): Promise<void> {
    const [{ ReadlineMonitor }, { HMP_COMMANDS }] = await Promise.all([
      import('./hmp/readline-monitor.ts'),
      import('./hmp/table.ts'),
      this.machine.system.types.complete(),
    ]);
    const monitor = new ReadlineMonitor(this.#humanEnvironment, HMP_COMMANDS);
    if (isSecond) chardev.attachBehind(monitor);
    else chardev.attach(monitor);
    this.#humanMonitors.push(monitor);
  }

  /**
   * Serves the qtest protocol on a character device.
   * @param log the file that takes what is said, or `none`; stderr by default
   */
  async addQtest(chardev: Chardev, log?: string): Promise<void> {
    const [{ QtestServer }, { QtestLog }] = await Promise.all([
      import('./qtest/server.ts'),
      import('./qtest/log.ts'),
    ]);
    const server = new QtestServer(
      this.machine,
      log === 'none' ? undefined : new QtestLog(log),
      this.#report,
    );
    chardev.attach(server);
    this.#qtest = server;
  }

  /** Ends all conversations and frees the sockets. */
  close(): void {
    this.#closeMonitors();
    this.#wires.close();
    this.machine.process.close();
  }

  #closeMonitors(): void {
    this.#wires.closeMonitors();
    for (const monitor of this.#humanMonitors) monitor.close();
    this.#qtest?.close();
  }
}

/** Character devices for emulated devices, which take what is sent to them and never say anything. */
function chardevSource(registry: ChardevRegistry): ChardevSource {
  const find = (id: string) => registry.all.find(chardev => chardev.id === id);
  return {
    kind: id => find(id)?.backend,
    ids: kind => registry.all.filter(({ backend }) => backend === kind).map(({ id }) => id),
    isConnected: id => find(id)?.isConnected === true,
    take: (id, { canMove = false, isUpToGuest = false }) => {
      const chardev = find(id);
      if (chardev === undefined || chardev.frontend !== undefined) return undefined;
      const frontend: Frontend = {
        opened: () => ({ receive: () => {}, drained: () => {}, closed: () => {} }),
        canMove,
        isOpen: !isUpToGuest,
      };
      chardev.attach(frontend);
      return () => find(id)?.detach(frontend);
    },
    isOption: id => registry.optionIds.has(id),
    discard: id => registry.discard(id),
  };
}
