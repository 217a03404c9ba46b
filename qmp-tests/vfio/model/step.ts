import fc from 'fast-check';
import type { Arguments, CommandName, Returns } from '../../helpers/wire.ts';
import type { Member } from './member.ts';
import type { Outcome } from './tally.ts';
import type { Expectation, World } from './world.ts';

/** A step of a random story. The model is in the world itself: it knows what guests have put into their tables. */
export type WorldCommand = fc.AsyncCommand<object, World>;

/** One machine of the world, to do something with. */
export class Actor {
  constructor(
    readonly world: World,
    readonly member: Member,
  ) {}

  /** Does a command. @returns undefined if it was refused */
  async execute<Name extends CommandName>(
    name: Name,
    args?: Arguments<Name>,
    expectation?: Expectation<Returns<Name>>,
  ): Promise<Returns<Name> | undefined> {
    return await this.world.execute(this.member, name, args, expectation);
  }

  /** The same, for what became of it. @param note notes for the model what was done */
  async attempt<Name extends CommandName>(
    name: Name,
    args?: Arguments<Name>,
    note?: () => void,
  ): Promise<Outcome> {
    const expectation = note === undefined ? {} : { note };
    return (await this.execute(name, args, expectation)) === undefined ? 'refused' : 'done';
  }
}

class Step implements WorldCommand {
  constructor(
    private readonly name: string,
    private readonly text: string,
    private readonly who: number,
    private readonly does: (actor: Actor) => Promise<Outcome>,
  ) {}

  check(): boolean {
    return true;
  }

  async run(_model: object, world: World): Promise<void> {
    world.note(this.name, await this.does(new Actor(world, world.member(this.who))));
  }

  toString(): string {
    const machine = this.who === 0 ? '' : `[${this.who}] `;
    return `${machine}${this.name} ${this.text}`.trimEnd();
  }
}

/** Which machine: mostly the first. */
const who = fc.constantFrom(0, 0, 1);

/**
 * A kind of step, by the name under which it is counted.
 * @param given what it does something with
 */
export function step<Given>(
  name: string,
  given: fc.Arbitrary<Given>,
  does: (actor: Actor, given: Given) => Promise<Outcome>,
): fc.Arbitrary<WorldCommand> {
  return fc.tuple(who, given).map(([machine, values]) => {
    const text = values === undefined ? '' : fc.stringify(values);
    return new Step(name, text, machine, actor => does(actor, values));
  });
}

/** One that needs nothing. */
export function plainStep(
  name: string,
  does: (actor: Actor) => Promise<Outcome>,
): fc.Arbitrary<WorldCommand> {
  return step(name, fc.constant(undefined), does);
}
