/** What a QMP client sees of an emulator, ours or QEMU. */

import { Emulator, type Program } from './emulator.ts';
import { alternate, median } from './statistics.ts';

export interface Measure {
  readonly title: string;
  readonly unit: 'ms' | '/s';
  /** Our ratio to QEMU is to be at least so much (`/s`), or at most (`ms`). */
  readonly target?: number;
  /** By program, in the order given. */
  readonly results: readonly number[];
}

const STATUS = '{"execute": "query-status"}\n';
const START_ROUNDS = 11;
const ROUNDS = 5;

export async function* measureEmulators(programs: readonly Program[]): AsyncGenerator<Measure> {
  const starts: { readonly greeted: number; readonly answered: number }[][] = programs.map(() => []);
  await alternate(programs, START_ROUNDS, async program => {
    const { emulator, ...times } = await Emulator.start(program);
    await emulator.quit();
    starts[programs.indexOf(program)]?.push(times);
    return times.greeted;
  });
  yield {
    title: 'start to greeting',
    unit: 'ms',
    target: 2,
    results: starts.map(times => median(times.map(({ greeted }) => greeted))),
  };
  yield {
    title: 'start to the first answer',
    unit: 'ms',
    results: starts.map(times => median(times.map(({ answered }) => answered))),
  };
  const running: Emulator[] = [];
  try {
    for (const program of programs) running.push((await Emulator.start(program)).emulator);
    for (const { work, ...measured } of WORKLOADS) {
      // The first time is for warming up.
      for (const emulator of running) await perSecond(work, emulator);
      const results = await alternate(running, ROUNDS, emulator => perSecond(work, emulator));
      yield { ...measured, unit: '/s', results };
    }
  } finally {
    for (const emulator of running) await emulator.quit();
  }
}

/** Does as much as takes a good while. @returns how often something was done */
type Work = (emulator: Emulator) => Promise<number>;

/** How long an emulator works on one measurement, at least. */
const ROUND_MS = 300;

async function perSecond(work: Work, emulator: Emulator): Promise<number> {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < ROUND_MS) {
    count += await work(emulator);
    elapsed = performance.now() - start;
  }
  return (count / elapsed) * 1000;
}

const PIPED = 2000;
const ONE_BY_ONE = 50;
const PAIRS = 10;
let lastId = 0;

/** Commands that add so many cards and remove each at once. */
function pairs(count: number): readonly string[] {
  // An id can be used again only after an event that takes its time.
  return Array.from({ length: count }, () => `nic${++lastId}`).flatMap(id => [
    `{"execute": "device_add", "arguments": {"driver": "e1000", "id": "${id}"}}\n`,
    `{"execute": "device_del", "arguments": {"id": "${id}"}}\n`,
  ]);
}

interface Workload {
  readonly title: string;
  readonly target?: number;
  readonly work: Work;
}

const WORKLOADS: readonly Workload[] = [
  {
    title: 'query-status, piped',
    target: 25,
    async work(emulator) {
      await emulator.send(STATUS.repeat(PIPED), PIPED);
      return PIPED;
    },
  },
  {
    title: 'query-status, one at a time',
    target: 2.5,
    async work(emulator) {
      for (let i = 0; i < ONE_BY_ONE; i++) await emulator.send(STATUS, 1);
      return ONE_BY_ONE;
    },
  },
  {
    title: 'device_add and device_del of an e1000, piped',
    target: 10,
    async work(emulator) {
      await emulator.send(pairs(PAIRS).join(''), 2 * PAIRS);
      return PAIRS;
    },
  },
  {
    title: 'the same, one command at a time',
    async work(emulator) {
      for (const command of pairs(PAIRS)) await emulator.send(command, 1);
      return PAIRS;
    },
  },
];
