import { waitingText } from '../chardev/registry.ts';
import type { Simulator } from '../simulator.ts';
import type { Wires } from '../wires.ts';
import type { ChardevRequest, Configuration, MonitorRequest } from './configuration.ts';
import type { Stage } from './main.ts';
import { atLocation, cliError } from './report-errors.ts';
import { othersTurn } from './turn.ts';

/** The character devices of the command line, and the monitors on them. */
export class CommandLineChardevs {
  readonly #opened = new Set<string>();
  /** Monitors that are still to come; who comes first matters where several share a multiplexer. */
  readonly #monitors: MonitorRequest[];

  constructor(
    private readonly wires: Wires,
    private readonly configuration: Configuration,
    private readonly stage: Stage,
  ) {
    this.#monitors = [...configuration.monitors];
  }

  /**
   * Opens what needs nothing of the machine. A client that waits for its monitor is greeted when this is done.
   * @throws CliError
   */
  async openEarly(): Promise<void> {
    // Credentials are objects of the machine.
    await this.#open(this.configuration.chardevs.filter(({ options }) => options['tls-creds'] === undefined));
    const end = this.#monitors.findIndex(({ kind, chardev }) => kind !== 'qmp' || !this.#opened.has(chardev));
    const early = this.#monitors.splice(0, end < 0 ? this.#monitors.length : end);
    for (const { chardev, pretty, location } of early)
      atLocation(location, () => this.wires.addMonitor(this.wires.chardevs.get(chardev), pretty));
    await othersTurn();
  }

  /** Opens the others, and the monitors on them. @throws CliError */
  async openOthers(simulator: Simulator): Promise<void> {
    await this.#open(this.configuration.chardevs.filter(({ id }) => !this.#opened.has(id)));
    for (const { kind, chardev, pretty, location } of this.#monitors) {
      try {
        const device = simulator.chardevs.get(chardev);
        if (kind === 'qmp') simulator.addMonitor(device, pretty);
        else await simulator.addHumanMonitor(device);
      } catch (error) {
        throw cliError(error, location);
      }
    }
  }

  async #open(requests: readonly ChardevRequest[]): Promise<void> {
    for (const { id, options, location } of requests) {
      try {
        const chardev = await this.wires.chardevs.create(id, options);
        this.#opened.add(id);
        if (chardev.isReady) continue;
        this.stage.report({ severity: 'info', message: waitingText(chardev), location });
        await chardev.ready();
      } catch (error) {
        throw cliError(error, location);
      }
    }
  }
}
