import type { Section } from './recording.ts';
import { type Difference, replay } from './replay.ts';

const AT_A_TIME = 2;

/** Replays sections, two at a time, in their order. @returns for each where the answers differ */
export function replayAll(sections: readonly Section[]): Promise<readonly Difference[]>[] {
  const running: Promise<unknown>[] = [];
  return sections.map((section, index) => {
    const result = Promise.allSettled([running[index - AT_A_TIME]]).then(() => replay(section));
    running.push(result);
    return result;
  });
}
