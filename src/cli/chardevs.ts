import { checkChardevOptions } from '../chardev/parse-options.ts';
import { waitingText } from '../chardev/registry.ts';
import type { DefaultPart, EquipmentWishes } from '../machine/board.ts';
import type { Simulator } from '../simulator.ts';
import type { Wires } from '../wires.ts';
import type { ChardevRequest, Configuration, MonitorRequest, PortRequest } from './configuration.ts';
import { CliError } from './errors.ts';
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
    for (const { id } of this.configuration.chardevs) this.wires.chardevs.optionIds.add(id);
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

  /** Serves the qtest protocol where that was asked for. @throws CliError */
  async openQtest(simulator: Simulator): Promise<void> {
    const { qtest } = this.configuration;
    if (qtest === undefined) return;
    const { chardev, complaint, log } = qtest;
    if (typeof chardev !== 'string') await this.#openOwn(chardev, complaint);
    const device = simulator.chardevs.get(typeof chardev === 'string' ? chardev : chardev.id);
    try {
      await simulator.addQtest(device, log);
    } catch (error) {
      throw cliError(error, undefined);
    }
  }

  /** Opens the devices of serial and parallel ports. @returns their names @throws CliError */
  async openPorts(
    simulator: Simulator,
    parts: readonly DefaultPart[],
  ): Promise<Pick<EquipmentWishes, 'serials' | 'parallels'>> {
    const { serials, parallels } = this.configuration;
    const open = async (part: DefaultPart, requests: readonly PortRequest[]) => {
      const names: (string | undefined)[] = [];
      for (const request of requests) {
        const isLeftOut = request.kind === 'own' && request.isDefault && !parts.includes(part);
        names.push(isLeftOut ? undefined : await this.#openPort(simulator, request));
      }
      return names;
    };
    return { serials: await open('serial', serials), parallels: await open('parallel', parallels) };
  }

  async #openPort(simulator: Simulator, request: PortRequest): Promise<string | undefined> {
    if (request.kind !== 'own') return request.kind === 'none' ? undefined : request.chardev;
    const { chardev, monitor, complaint } = request;
    await this.#openOwn(chardev, complaint);
    if (monitor) await simulator.addHumanMonitor(simulator.chardevs.get(chardev.id), true);
    return chardev.id;
  }

  /** Opens a device that belongs to something. @param complaint what is said besides if it cannot be had */
  async #openOwn(chardev: ChardevRequest, complaint: string): Promise<void> {
    try {
      await this.#open([chardev]);
    } catch (error) {
      const { location } = chardev;
      if (!(error instanceof CliError)) throw error;
      throw new CliError([...error.reports, { severity: 'error', message: complaint, location }]);
    }
  }

  async #open(requests: readonly ChardevRequest[]): Promise<void> {
    for (const { id, options, location } of requests) {
      try {
        checkChardevOptions(options, message =>
          this.stage.report({ severity: 'warning', message, location }),
        );
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
