import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import { type InputVisitor, JsonVisitor } from './visitor.ts';

/** Reads the members of a structured value one by one; `finish` refuses those that nobody asked for. */
export class Members {
  readonly #value: JsonObject;
  readonly #asked = new Set<string>();

  constructor(
    visitor: InputVisitor,
    /** The property; its members' messages begin with it. */
    private readonly name: string,
  ) {
    this.#value = visitor.object(name);
  }

  /** @returns what `read` makes of the member; undefined where the client left it out */
  take<T>(member: string, read: (visitor: InputVisitor, name: string) => T): T | undefined {
    this.#asked.add(member);
    const value = this.#value[member];
    return value === undefined ? undefined : read(new JsonVisitor(value), `${this.name}.${member}`);
  }

  /** As `take`, of a member that there must be. @throws QmpError if there is none */
  require<T>(member: string, read: (visitor: InputVisitor, name: string) => T): T {
    const value = this.take(member, read);
    if (value === undefined) throw new QmpError(`Parameter '${this.name}.${member}' is missing`);
    return value;
  }

  /** @throws QmpError for a member that the structure does not have */
  finish(): void {
    const surplus = Object.keys(this.#value).filter(member => !this.#asked.has(member));
    const [first] = new MemberOrder().sort(surplus);
    if (first !== undefined) throw new QmpError(`Parameter '${this.name}.${first}' is unexpected`);
  }
}
