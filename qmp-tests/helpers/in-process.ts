import { Host } from '../../src/host/host.ts';
import { type InventoryFile, inventoryFromFile } from '../../src/host/inventory-file.ts';
import {
  createMachine,
  type MachineOptions,
  QmpError,
  type Simulator,
  VirtualClock,
} from '../../src/index.ts';
import { EventQueue } from './event-queue.ts';
import {
  type Arguments,
  CommandError,
  type CommandName,
  type EventName,
  overTheWire,
  type Qmp,
  type Returns,
  type SeenEvent,
} from './wire.ts';

/** A machine in this process whose time stands still between commands. */
export class TestMachine implements Qmp {
  readonly simulator: Simulator;
  /** What QEMU would have printed on stderr. */
  readonly reports: string[] = [];
  readonly #clock = new VirtualClock();
  readonly #events = new EventQueue();

  constructor(options: Omit<MachineOptions, 'clock' | 'report'> = {}) {
    this.simulator = createMachine({
      ramSize: 1n << 30n,
      ...options,
      clock: this.#clock,
      report: line => this.reports.push(line),
    });
    this.simulator.machine.events.subscribe((event, data) => {
      this.#events.push({ event, data: overTheWire(data) } as SeenEvent);
    });
    this.settle();
  }

  get machine() {
    return this.simulator.machine;
  }

  /** Executes a command and lets happen what it causes, like the guest's reaction. */
  async execute<Name extends CommandName>(name: Name, args?: Arguments<Name>): Promise<Returns<Name>> {
    try {
      return overTheWire(await this.simulator.execute(name, args)) as Returns<Name>;
    } catch (error) {
      if (error instanceof QmpError) throw new CommandError(name, error.errorClass, error.desc);
      throw error;
    } finally {
      this.settle();
    }
  }

  event<Name extends EventName>(name: Name): Promise<SeenEvent<Name>> {
    return this.#events.take(name);
  }

  /** Every event so far that was not asked for. */
  drainEvents(): readonly SeenEvent[] {
    return this.#events.drain();
  }

  /** Lets everything happen that is due. */
  settle(): void {
    this.#clock.step(0n);
  }

  close(): void {
    this.simulator.close();
  }
}

/** A host as an inventory file describes it. */
export function hostFrom(file: InventoryFile): Host {
  return new Host(inventoryFromFile(file));
}
