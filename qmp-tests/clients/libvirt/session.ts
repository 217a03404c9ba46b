import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonical } from '../../differential/messages.ts';

/** A command that libvirt sent, what QEMU answered, and the events that came before the next command. */
export interface Step {
  /** Line in the file, from 1. */
  readonly line: number;
  readonly command: { readonly execute: string; readonly arguments?: object; readonly id: string };
  /** Canonical; undefined where libvirt's connection ended instead. */
  readonly reply: string | undefined;
  /** Whether the recorder made the reply up. */
  readonly injected: boolean;
  readonly events: readonly Recorded[];
}

interface Recorded {
  readonly line: number;
  /** Canonical. */
  readonly text: string;
  readonly injected: boolean;
}

interface Entry {
  readonly from: 'client' | 'server';
  readonly msg: { readonly event?: string };
  /** The recorder made it up. */
  readonly injected?: boolean;
}

/** Reads one recording. */
export function readSteps(name: string): readonly Step[] {
  const steps: (Omit<Step, 'events'> & { events: Recorded[] })[] = [];
  const path = join(import.meta.dirname, `testdata/${name}.jsonl`);
  const contents = readFileSync(path, 'utf8').trimEnd().split('\n');
  for (const [index, content] of contents.entries()) {
    const entry: Entry = JSON.parse(content);
    const line = index + 1;
    const last = steps.at(-1);
    if (entry.from === 'client') {
      // As libvirt sent it.
      const command = entry.msg as Step['command'];
      steps.push({ line, command, reply: undefined, injected: false, events: [] });
    } else if (last !== undefined) {
      const text = comparable(messageIn(content));
      const injected = entry.injected === true;
      if (entry.msg.event === undefined) steps[steps.length - 1] = { ...last, reply: text, injected };
      else last.events.push({ line, text, injected });
    }
  }
  return steps;
}

/** The message of an entry as it was written, with integers of any size. */
function messageIn(text: string): string {
  const [, message = ''] = /"msg": (\{.*\})(?:, "(?:injected|fds)": \w+)?\}$/.exec(text) ?? [];
  return message;
}

/** A message without what depends on where it was sent, or when. @param folder where the files are */
export function comparable(text: string, folder?: string): string {
  const bare = folder === undefined ? text : text.replaceAll(`${folder}/`, '');
  return canonical(
    bare.replace(/\/dev\/pts\/\d+/g, '/dev/pts/0').replace(/"actual-size": ?\d+/g, '"actual-size": 0'),
  );
}
