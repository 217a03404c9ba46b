import type { Device } from '../qdev/device.ts';

/** What the client is told of: the interrupt lines of one device, those that come in or those that go out. */
export class InterruptTap {
  #device: Device | undefined;
  #side: 'in' | 'out' = 'in';
  /** Levels that the client was told, by line. */
  readonly #levels = new Map<number, number>();

  /** @param tell sends a line to the client */
  constructor(private readonly tell: (line: string) => void) {}

  /** @returns false if the lines of another device are listened to already */
  listen(device: Device, side: 'in' | 'out'): boolean {
    if (this.#device === undefined) [this.#device, this.#side] = [device, side];
    return this.#device === device;
  }

  /** A line was set from outside. Those with names cannot be listened to. */
  lineSet(device: Device, line: number, level: number): void {
    if (device !== this.#device || this.#side !== 'in' || level === (this.#levels.get(line) ?? 0)) return;
    this.#levels.set(line, level);
    this.tell(`IRQ ${level === 0 ? 'lower' : 'raise'} ${line}`);
  }

  /** Another client takes all lines to be low. */
  forgetLevels(): void {
    this.#levels.clear();
  }
}
