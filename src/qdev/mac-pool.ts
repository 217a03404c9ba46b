const PREFIX = '52:54:00:12:34:';
/** Last byte of the first default address. */
const FIRST = 0x56;

/** Default Ethernet addresses, 52:54:00:12:34:56 and up: the lowest that no adapter has. */
export class MacPool {
  readonly #users = new Map<string, number>();

  /** @returns the lowest free default address; beyond the last (…:ff) the last is given again */
  next(): string {
    for (let byte = FIRST; byte < 0x100; byte++) {
      const address = PREFIX + byte.toString(16);
      if (!this.#users.has(address)) return address;
    }
    return `${PREFIX}ff`;
  }

  use(address: string): void {
    this.#users.set(address, (this.#users.get(address) ?? 0) + 1);
  }

  free(address: string): void {
    const left = (this.#users.get(address) ?? 0) - 1;
    if (left > 0) this.#users.set(address, left);
    else this.#users.delete(address);
  }
}
