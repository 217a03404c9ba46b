import { QmpError } from '../base/errors.ts';
import type { QomType, TypeRegistry } from './type.ts';
import type { ValuedObject } from './values.ts';
import { TextVisitor } from './visitor.ts';

/** What a user wants instances of a type, and of its children, to begin with (`-global`). */
export interface UserGlobal {
  readonly driver: string;
  readonly property: string;
  readonly value: string;
}

/** The wishes of one machine's user, and whether they came to anything. */
export class UserGlobals {
  readonly #unused: Set<UserGlobal>;
  #isComplete = false;

  /** @param warn takes what is wrong with a wish once the machine is complete */
  constructor(
    private readonly wishes: readonly UserGlobal[],
    private readonly warn: (message: string) => void,
  ) {
    this.#unused = new Set(wishes);
  }

  /** Gives a new object what is wished for it, unless that was set for it already. @throws QmpError */
  apply(object: ValuedObject): void {
    for (const wish of this.wishes) {
      if (!object.type.isA(wish.driver)) continue;
      this.#unused.delete(wish);
      try {
        const property = object.property(wish.property);
        if (property === undefined || !object.isSet(property))
          object.setProperty(wish.property, new TextVisitor(wish.value));
      } catch (error) {
        if (!(error instanceof QmpError)) throw error;
        const { driver, property, value } = wish;
        const message = `can't apply global ${driver}.${property}=${value}: ${error.desc}`;
        if (!this.#isComplete) throw new QmpError(message);
        this.warn(message);
      }
    }
  }

  /**
   * The machine is complete: from now on nothing fails any more for what is wished.
   * @param mayCome whether instances of a type may come later; undefined for types for which there are no wishes
   */
  complete(types: TypeRegistry, mayCome: (type: QomType) => boolean | undefined): void {
    this.#isComplete = true;
    for (const { driver, property, value } of this.#unused) {
      const type = types.get(driver);
      const later = type === undefined ? undefined : mayCome(type);
      if (later === undefined) this.warn(`global ${driver}.${property} has invalid class name`);
      else if (!later) this.warn(`global ${driver}.${property}=${value} not used`);
    }
  }
}
