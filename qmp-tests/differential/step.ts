/** What a client sends, and what there is to learn from the answer. */
export interface Step {
  /** Bytes, one a character. */
  readonly bytes: string;
  /** The path that is listed, where the answer tells about the tree. */
  readonly lists?: string;
  /** The type that is described, where the answer tells about properties. */
  readonly describes?: string;
}

/** A kind of thing that a client does. */
export interface Habit {
  next(): Step;
}

/** A command whose arguments are JSON texts. */
export function command(name: string, args: Readonly<Record<string, string>> = {}): Step {
  const members = Object.entries(args).map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  return { bytes: `{"execute":"${name}","arguments":{${members.join(',')}}}\n` };
}

/** A line for the human monitor. */
export function human(line: string): Step {
  return command('human-monitor-command', { 'command-line': text(line) });
}

export function text(value: string): string {
  return JSON.stringify(value);
}
