import { BackendHabit } from './backend-steps.ts';
import { DeviceHabit } from './device-steps.ts';
import { HumanHabit } from './human-steps.ts';
import type { Kind } from './kinds.ts';
import { Knowledge } from './knowledge.ts';
import { ProtocolHabit } from './protocol-steps.ts';
import { QomHabit } from './qom-steps.ts';
import type { Random } from './random.ts';
import { SchemaHabit } from './schema-steps.ts';
import type { Habit, Step } from './step.ts';

/** How often a client does each kind of thing. */
const WEIGHTS = { qom: 34, device: 26, backend: 22, human: 10, protocol: 16, schema: 10 } as const;

/** What lets a machine run. */
const STARTS = /"(execute|command-line)":"c(ont)?"/;

/** Makes up a client that looks around, adds and removes things of every kind, and makes mistakes. */
export class Generator {
  readonly #knowledge = new Knowledge();
  readonly #habits: Readonly<Record<keyof typeof WEIGHTS, Habit>>;

  constructor(
    private readonly random: Random,
    private readonly kind: Kind,
  ) {
    const { devices } = kind;
    const qom = new QomHabit(random, this.#knowledge, Object.keys(devices));
    this.#habits = {
      qom,
      device: new DeviceHabit(random, this.#knowledge, qom, devices),
      backend: new BackendHabit(random),
      human: new HumanHabit(random),
      protocol: new ProtocolHabit(random),
      schema: new SchemaHabit(random, kind.target),
    };
  }

  next(): Step {
    for (;;) {
      const step = this.#habits[this.random.weighted(WEIGHTS)].next();
      if (!this.kind.firmwareMapsMemory || !STARTS.test(step.bytes)) return step;
    }
  }

  /** Learns from QEMU's answer to a step. */
  learn({ lists, describes }: Step, said: readonly string[]): void {
    if (lists !== undefined) this.#knowledge.learnObject(lists, said);
    if (describes !== undefined) this.#knowledge.learnType(describes, said);
  }
}
