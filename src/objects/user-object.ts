import type { System } from '../qdev/system.ts';
import { ValuedObject } from '../qom/values.ts';

/** An object that users create by themselves, outside devices and machines: a backend, a thread, a secret. */
export class UserObject extends ValuedObject {
  #completed = false;

  /** In service: from now on some properties are fixed. */
  get completed(): boolean {
    return this.#completed;
  }

  /** Puts the object into service, its properties being set and its place in the tree taken. @throws QmpError */
  complete(system: System): void {
    this.onComplete(system);
    this.#completed = true;
  }

  protected onComplete(_system: System): void {}

  /** True while something depends on the object, so that it cannot be deleted. */
  get inUse(): boolean {
    return false;
  }

  /** Lets go of what the object holds, before it is taken out of the tree. */
  release(): void {}
}
