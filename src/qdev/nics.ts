import type { Device } from './device.ts';

/** A network adapter as the network sees it. */
export interface Nic {
  /** The device's id, else its model with a running number. */
  readonly name: string;
  readonly model: string;
  readonly device: Device;
  readonly macAddress: string;
  /** The backend it is connected to, if any. */
  readonly netdev: string | undefined;
  /** Whether it answers questions about its receive filter. */
  readonly hasRxFilter: boolean;
  linkDown: boolean;
}

/** The network adapters of one machine, oldest first. */
export class Nics {
  readonly #nics: Nic[] = [];

  get all(): readonly Nic[] {
    return this.#nics;
  }

  get(name: string): Nic | undefined {
    return this.#nics.find(nic => nic.name === name);
  }

  add(nic: Nic): void {
    this.#nics.push(nic);
  }

  remove(nic: Nic): void {
    const index = this.#nics.indexOf(nic);
    if (index >= 0) this.#nics.splice(index, 1);
  }

  /** `e1000.0`, `e1000.1`, …: as many adapters of the model without a name of their own have come before. */
  automaticName(model: string): string {
    for (let number = 0; ; number++) {
      const name = `${model}.${number}`;
      if (this.get(name) === undefined) return name;
    }
  }
}
