import type { NetBackend } from './backend.ts';

/** Connects all of its ports with each other. Once there, it stays. */
export class Hub {
  /** Newest first. */
  readonly #ports: NetBackend[] = [];
  #count = 0;

  constructor(readonly number: number) {}

  get ports(): readonly NetBackend[] {
    return this.#ports;
  }

  /** A name for the next port. */
  nextName(): string {
    return `hub${this.number}port${this.#count}`;
  }

  addPort(port: NetBackend): void {
    this.#ports.unshift(port);
    this.#count++;
  }

  removePort(port: NetBackend): void {
    const index = this.#ports.indexOf(port);
    if (index >= 0) this.#ports.splice(index, 1);
  }
}
