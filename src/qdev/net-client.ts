import type { QomObject } from '../qom/object.ts';
import type { Device } from './device.ts';

/** An end of a network connection: an adapter, or what is behind one on the host's side. */
export abstract class NetClient {
  /** The other end, also one that was removed under an adapter. */
  peer: NetClient | undefined;
  linkDown = false;
  /** What packets from here pass first, in order; gone with this end. */
  readonly filters: QomObject[] = [];

  constructor(readonly name: string) {}

  /** `nic`, or the kind of backend. */
  abstract readonly kind: string;
  /** What `info network` says of it beyond its name and kind. */
  abstract readonly info: string;

  /** Makes the two ends of one connection of this and another. */
  connect(peer: NetClient): void {
    this.peer = peer;
    peer.peer = this;
  }
}

/** A network adapter as the network sees it. */
export class Nic extends NetClient {
  readonly kind = 'nic';

  constructor(
    /** The device's id, else its model with a number. */
    name: string,
    readonly model: string,
    readonly device: Device,
    readonly macAddress: string,
    /** Whether it answers questions about its receive filter. */
    readonly hasRxFilter: boolean,
  ) {
    super(name);
  }

  get info(): string {
    return `model=${this.model},macaddr=${this.macAddress}`;
  }
}

/** All ends of network connections of one machine, oldest first. */
export class NetClients {
  readonly #clients: NetClient[] = [];

  get all(): readonly NetClient[] {
    return this.#clients;
  }

  get nics(): readonly Nic[] {
    return this.#clients.filter(client => client instanceof Nic);
  }

  find(name: string): NetClient | undefined {
    return this.#clients.find(client => client.name === name);
  }

  /** What an adapter can be connected to by this name. */
  backend(name: string): NetClient | undefined {
    return this.#clients.find(client => client.name === name && !(client instanceof Nic));
  }

  add(client: NetClient): void {
    this.#clients.push(client);
  }

  remove(client: NetClient): void {
    const index = this.#clients.indexOf(client);
    if (index >= 0) this.#clients.splice(index, 1);
  }

  /** `e1000.0`, `e1000.1`, …: numbered by how many adapters of the model there are, with names of their own or not. */
  automaticName(model: string): string {
    return `${model}.${this.nics.filter(nic => nic.model === model).length}`;
  }
}
