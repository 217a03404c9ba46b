import type { EventName, SeenEvent } from './wire.ts';

interface Waiting {
  readonly name: EventName;
  readonly resolve: (event: SeenEvent) => void;
  readonly reject: (error: Error) => void;
}

/** Events that came, and tests that wait for some that did not come yet. */
export class EventQueue {
  #events: SeenEvent[] = [];
  #waiting: Waiting[] = [];
  #closed: Error | undefined;

  push(event: SeenEvent): void {
    const index = this.#waiting.findIndex(({ name }) => name === event.event);
    if (index < 0) this.#events.push(event);
    else this.#waiting.splice(index, 1)[0]?.resolve(event);
  }

  /** Takes the oldest event of a name; waits for one if there is none. */
  async take<Name extends EventName>(name: Name): Promise<SeenEvent<Name>> {
    const index = this.#events.findIndex(({ event }) => event === name);
    const found = index < 0 ? await this.#wait(name) : this.#events.splice(index, 1)[0];
    if (found === undefined || !isNamed(found, name)) throw new Error(`no event ${name}`);
    return found;
  }

  /** Takes every event that has come. */
  drain(): readonly SeenEvent[] {
    return this.#events.splice(0);
  }

  /** No more events will come: whoever waits for one is told why. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const { reject } of this.#waiting.splice(0)) reject(reason);
  }

  #wait(name: EventName): Promise<SeenEvent> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => this.#waiting.push({ name, resolve, reject }));
  }
}

function isNamed<Name extends EventName>(event: SeenEvent, name: Name): event is SeenEvent<Name> {
  return event.event === name;
}
