/** Lines that are kept. */
const CAPACITY = 64;

/** The lines entered at a monitor, each once, and the one that the up and down keys have reached. */
export class History {
  readonly #lines: string[] = [];
  /** Index of the line shown; undefined at the end, behind the last one. */
  #at: number | undefined;

  /** Oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Puts a line at the end, also one that is there already. Empty lines do not count. */
  add(line: string): void {
    if (line === '') return;
    const existing =
      this.#at !== undefined && this.#lines[this.#at] === line ? this.#at : this.#lines.indexOf(line);
    if (existing >= 0) this.#lines.splice(existing, 1);
    else if (this.#lines.length >= CAPACITY) this.#lines.shift();
    this.#lines.push(line);
    this.#at = undefined;
  }

  /** The line before the one shown; undefined at the oldest. */
  older(): string | undefined {
    const next = (this.#at ?? this.#lines.length) - 1;
    if (next < 0) return undefined;
    this.#at = next;
    return this.#lines[next];
  }

  /** The line after the one shown, empty behind the last; undefined if none is shown. */
  newer(): string | undefined {
    if (this.#at === undefined) return undefined;
    const next = this.#at + 1;
    this.#at = next < this.#lines.length ? next : undefined;
    return this.#lines[next] ?? '';
  }
}
