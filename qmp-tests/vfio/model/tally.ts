import assert from 'node:assert/strict';

/** What became of a command: done, refused by the machine, or there was nothing to do it with. */
export type Outcome = 'done' | 'refused' | 'idle';

/** Counts what random stories have really done. */
export class Tally {
  readonly #counts = new Map<string, Record<Outcome, number>>();

  /** Failures of the host that were asked for, by operation. */
  readonly #failures = new Map<string, number>();
  /** Commands to machines with assigned devices. */
  #withDevices = 0;

  /** @param hasDevices whether devices are assigned afterwards */
  note(command: string, outcome: Outcome, hasDevices: boolean): void {
    if (outcome !== 'idle' && hasDevices) this.#withDevices++;
    const counts = this.#counts.get(command) ?? { done: 0, refused: 0, idle: 0 };
    this.#counts.set(command, counts);
    counts[outcome]++;
  }

  noteFailures(op: string, count: number): void {
    this.#failures.set(op, (this.#failures.get(op) ?? 0) + count);
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
   * @param operations of the host, most of which must have failed now and then
   */
  assertFruitful(impossible: readonly string[], operations: readonly string[]): void {
    const share = this.#sum('done') / this.commands;
    assert(share > MOST, `only ${Math.round(share * 100)} % of the commands succeeded\n${this}`);
    for (const [command, { done, refused, idle }] of this.#counts) {
      if (impossible.includes(command)) {
        assert.equal(done, 0, `${command} has succeeded`);
        continue;
      }
      // A command that hardly ever came has proved nothing.
      if (done + refused + idle < ENOUGH) continue;
      assert(done > 0, `${command} never succeeded\n${this}`);
    }
    // What a few stories are like says little.
    if (this.commands < MANY) return;
    const assigned = this.#withDevices / this.commands;
    assert(
      assigned > OFTEN,
      `devices were assigned only ${Math.round(assigned * 100)} % of the time\n${this}`,
    );
    const failed = operations.filter(op => this.#failures.has(op)).length;
    assert(failed / operations.length > MOST_OPERATIONS, `few operations of the host have failed\n${this}`);
  }

  toString(): string {
    const all = `${this.commands} commands, ${this.#withDevices} with assigned devices`;
    const each = [...this.#counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { done, refused, idle }]) => `${name}: ${done} done, ${refused} refused, ${idle} idle`);
    const failures = [...this.#failures].map(([op, count]) => `${op} failed ${count} times`).sort();
    return [all, ...each, ...failures].join('\n');
  }
}

const MOST = 0.5;
const MANY = 10_000;
const MOST_OPERATIONS = 0.7;
const OFTEN = 0.4;
const ENOUGH = 30;
