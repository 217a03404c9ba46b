/** What happens inside when a VFIO device comes to a bridge whose window is full. */

import { createMachine } from '../../src/index.ts';
import { median } from './statistics.ts';

const WINDOW = 1 << 30;
const PAGES = WINDOW >> 12;
const ROUNDS = 20;

export interface ReplayResult {
  /** Milliseconds that the first `device_add` took: nothing was compiled yet. */
  readonly cold: number;
  /** The median of those that followed. */
  readonly warm: number;
  /** Milliseconds for a memory copy of the window's table. */
  readonly copy: number;
}

export async function measureReplay(): Promise<ReplayResult> {
  const machine = createMachine({ ramSize: BigInt(WINDOW), paused: true });
  await machine.execute('device_add', { driver: 'e1000', id: 'nic' });
  await machine.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0, size: WINDOW });
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const id = `xhci${round}`;
    const start = performance.now();
    await machine.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id });
    times.push(performance.now() - start);
    const { 'address-spaces': spaces } = await machine.execute('x-query-vfio');
    if (spaces[0]?.containers[0]?.mappings !== PAGES) throw new Error('the replay is not complete');
    await machine.execute('device_del', { id });
  }
  machine.close();
  const [cold = Number.NaN, ...warm] = times;
  return { cold, warm: median(warm), copy: copyTime() };
}

/** A table entry has 64 bits. */
function copyTime(): number {
  const from = new BigUint64Array(PAGES).fill(1n);
  const to = new BigUint64Array(PAGES);
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    to.set(from);
    return performance.now() - start;
  });
  return median(times);
}
