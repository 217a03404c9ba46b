/** A terminal that is a process's standard input. */
export interface Terminal {
  /** Raw, keys come one by one as they are pressed, and are not shown; else line by line, with all that is usual. */
  setRaw(isRaw: boolean): void;
  /** Sends a signal to whoever the terminal's keys would send it to. */
  raise(signal: NodeJS.Signals): void;
}

/** What keys do in a terminal that is not raw. */
const SIGNALS: ReadonlyMap<number, NodeJS.Signals> = new Map([
  [0x03, 'SIGINT'],
  [0x1c, 'SIGQUIT'],
  [0x1a, 'SIGTSTP'],
]);

/** Raises the signals that are typed. @returns what was typed besides, from the last of them on */
export function raiseTyped(terminal: Terminal, chunk: Buffer): Buffer {
  let rest = chunk;
  for (const [index, byte] of chunk.entries()) {
    const signal = SIGNALS.get(byte);
    if (signal === undefined) continue;
    // A signal also discards what was typed before and not read yet.
    rest = chunk.subarray(index + 1);
    terminal.raise(signal);
  }
  return rest;
}
