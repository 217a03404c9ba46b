import type { Clock } from './base/clock.ts';
import { QmpError } from './base/errors.ts';
import type { Chardev } from './chardev/chardev.ts';
import type { ChardevEnvironment } from './chardev/create.ts';
import { ChardevRegistry } from './chardev/registry.ts';
import type { StandardStreams } from './chardev/stdio-chardev.ts';
import type { CommandContext } from './commands/context.ts';
import { DEFERRED_DOCUMENTS, EARLY_DOCUMENTS } from './commands/table.ts';
import { QEMU_VERSION } from './commands/version.ts';
import { type Commands, commandInfo } from './generated/commands.ts';
import type { Machine } from './machine/machine.ts';
import { type CommandTraits, Dispatcher } from './qmp/dispatch.ts';
import { MonitorSet } from './qmp/monitors.ts';

export interface WiresOptions {
  readonly clock: Clock;
  /** Takes a line for stderr. */
  readonly report: (line: string) => void;
  /** Takes a line that is no error; dropped by default. */
  readonly notice?: (severity: 'warning' | 'info', line: string) => void;
  readonly claimStdio: () => StandardStreams;
}

/** How a socket finds what the machine's objects say of who may connect. */
export type ObjectLookup = Pick<ChardevEnvironment, 'tlsCredentials' | 'authorise'>;

/**
 * The ways into a machine: its character devices, and QMP monitors on them. They may be there before the
 * machine, as in QEMU, whose monitors have a thread of their own: clients are greeted, and answered once
 * there is a machine to ask.
 */
export class Wires {
  readonly chardevs: ChardevRegistry;
  readonly dispatcher: Dispatcher<CommandContext, Commands>;
  readonly #monitors: MonitorSet<CommandContext, Commands>;
  #machine: Machine | undefined;
  #objects: ObjectLookup | undefined;

  constructor({ clock, report, notice, claimStdio }: WiresOptions) {
    this.chardevs = new ChardevRegistry({
      clock,
      claimStdio,
      report: (severity, line) => (severity === 'error' ? report(line) : notice?.(severity, line)),
      tlsCredentials: id => this.#attached.tlsCredentials(id),
      authorise: (id, name) => this.#attached.authorise(id, name),
      terminate: () => this.#machine?.quit('host-qmp-quit'),
    });
    this.dispatcher = new Dispatcher({
      documents: EARLY_DOCUMENTS,
      deferred: DEFERRED_DOCUMENTS,
      traits: commandInfo,
      exists: ({ machine }, { target }) => target === undefined || target === machine.target,
      admit,
    });
    this.#monitors = new MonitorSet({
      dispatcher: this.dispatcher,
      version: QEMU_VERSION,
      clock,
      log: report,
      hardwareError: error => this.#machine?.abort(error.message),
    });
  }

  get #attached(): ObjectLookup {
    if (this.#objects === undefined) throw new Error('there is no machine yet to look for objects in');
    return this.#objects;
  }

  /** Greets whoever connects to a character device as a QMP server. @throws QmpError if it is in use */
  addMonitor(chardev: Chardev, pretty = false): void {
    this.#monitors.add(chardev, { pretty });
  }

  /** There is a machine now, with objects to look up. */
  attach(machine: Machine, objects: ObjectLookup): void {
    this.#machine = machine;
    this.#objects = objects;
    machine.events.subscribe(this.#monitors.sendEvent);
  }

  /** From now on commands are executed. */
  open(context: CommandContext): void {
    for (const chardev of this.chardevs.all) chardev.settle();
    this.#monitors.open(context);
  }

  /** Ends all conversations, once what was said has been sent. */
  closeMonitors(): void {
    this.#monitors.close();
  }

  /** Ends all conversations and frees the sockets. */
  close(): void {
    this.closeMonitors();
    this.chardevs.close();
  }
}

/** Before a machine is finished, most commands have nothing to work on. */
function admit({ machine }: CommandContext, name: string, { allowPreconfig = false }: CommandTraits): void {
  if (machine.system.ready || allowPreconfig) return;
  throw new QmpError(`The command '${name}' is permitted only after machine initialization has completed`);
}
