import assert from 'node:assert/strict';

/** What became of a command: done, refused by the machine, or there was nothing to do it with. */
export type Outcome = 'done' | 'refused' | 'idle';

/** Counts what random stories have really done. */
export class Tally {
  readonly #counts = new Map<string, Record<Outcome, number>>();

  /** Commands to machines with assigned devices. */
  #withDevices = 0;

  /** @param hasDevices whether devices are assigned afterwards */
  note(command: string, outcome: Outcome, hasDevices: boolean): void {
    if (outcome !== 'idle' && hasDevices) this.#withDevices++;
    const counts = this.#counts.get(command) ?? { done: 0, refused: 0, idle: 0 };
    this.#counts.set(command, counts);
    counts[outcome]++;
  }

  /** How many commands a machine has had to answer. */
  get commands(): number {
    return this.#sum('done') + this.#sum('refused');
  }

  #sum(outcome: Outcome): number {
    let sum = 0;
    for (const counts of this.#counts.values()) sum += counts[outcome];
    return sum;
  }

  /**
   * Checks that the stories were not mostly errors, and that every command succeeded now and then.
   * @param impossible those that must not
   */
  assertFruitful(impossible: readonly string[]): void {
    const share = this.#sum('done') / this.commands;
    assert(share > MOST, `only ${Math.round(share * 100)} % of the commands succeeded\n${this}`);
    assert(
      this.#withDevices / this.commands > OFTEN,
      `devices were rarely assigned: ${this.#withDevices}\n${this}`,
    );
    for (const [command, { done, refused, idle }] of this.#counts) {
      if (impossible.includes(command)) {
        assert.equal(done, 0, `${command} has succeeded`);
        continue;
      }
      // A command that hardly ever came has proved nothing.
      if (done + refused + idle < ENOUGH) continue;
      assert(done > 0, `${command} never succeeded\n${this}`);
    }
  }

  toString(): string {
    const all = `${this.commands} commands, ${this.#withDevices} with assigned devices`;
    const each = [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { done, refused, idle }]) => `${name}: ${done} done, ${refused} refused, ${idle} idle`);
    return [all, ...each].join('\n');
  }
}

const MOST = 0.5;
const OFTEN = 0.4;
const ENOUGH = 30;
