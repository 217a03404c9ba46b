import { HardwareError } from './errors.ts';

/**
 * Undo for set-up that can fail half-way: each step that succeeded registers what takes it back.
 *
 * ```ts
 * return attempt(undo => {
 *   const file = open();
 *   undo.push(() => file.close());
 *   attach(file);          // throws: the file is closed, then the error goes on
 *   return file;
 * });
 * ```
 */
export class DisposalStack {
  readonly #steps: (() => void)[] = [];

  push(step: () => void): void {
    this.#steps.push(step);
  }

  /** Takes everything back, last step first. A step that throws does not keep the others from running. */
  dispose(): void {
    let failure: unknown;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        step();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** Gives the steps away: a later `dispose` of this stack does nothing; the returned one owns them. */
  move(): DisposalStack {
    const moved = new DisposalStack();
    moved.#steps.push(...this.#steps.splice(0));
    return moved;
  }
}

/**
 * Runs `body`; if it throws, takes back every step it registered, in reverse order, and rethrows.
 * After a hardware error nothing is taken back: the machine ends as it is.
 */
export function attempt<T>(body: (undo: DisposalStack) => T): T {
  const undo = new DisposalStack();
  try {
    return body(undo);
  } catch (error) {
    if (!(error instanceof HardwareError)) undo.dispose();
    throw error;
  }
}
