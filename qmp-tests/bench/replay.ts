/** What happens inside when a VFIO device comes to a bridge whose window is full. */

import { createMachine, type Simulator } from '../../src/index.ts';
import { median } from './statistics.ts';
import { copyTime } from './windows.ts';

const WINDOW = 1 << 30;
export const PAGES = WINDOW >> 12;
const ROUNDS = 20;

/** Milliseconds. */
export interface ReplayResult {
  /** The replay when its code had never been executed: the time for a device, less that on an empty window. */
  readonly cold: number;
  /** The median of those that followed. */
  readonly warm: number;
  /** A memory copy of the window's table. */
  readonly copy: number;
}

export async function measureReplay(): Promise<ReplayResult> {
  const machine = createMachine({ ramSize: BigInt(WINDOW), paused: true });
  await machine.execute('device_add', { driver: 'e1000', id: 'nic' });
  await timeDevice(machine, 0);
  const empty: number[] = [];
  const full: number[] = [];
  // In turn, so that both meet code that has been executed as often.
  for (let round = 0; round <= ROUNDS; round++) {
    empty.push(await timeDevice(machine, 0));
    await machine.execute('x-guest-dma-map', { device: 'nic', iova: 0, gpa: 0, size: WINDOW });
    full.push(await timeDevice(machine, PAGES));
    await machine.execute('x-guest-dma-unmap', { device: 'nic', iova: 0, size: WINDOW });
  }
  machine.close();
  const device = median(empty);
  const [cold = Number.NaN, ...warm] = full;
  return { cold: cold - device, warm: median(warm) - device, copy: copyTime(PAGES) };
}

/** @returns the milliseconds that `device_add` took, which had so many mappings to carry over */
async function timeDevice(machine: Simulator, mappings: number): Promise<number> {
  const start = performance.now();
  await machine.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
  const elapsed = performance.now() - start;
  const { 'address-spaces': spaces } = await machine.execute('x-query-vfio');
  if (spaces[0]?.containers[0]?.mappings !== mappings) throw new Error('the replay is not complete');
  const deleted = new Promise<void>(resolve => {
    const stop = machine.machine.events.subscribe(event => {
      if (event !== 'DEVICE_DELETED') return;
      stop();
      resolve();
    });
  });
  await machine.execute('device_del', { id: 'xhci' });
  await deleted;
  return elapsed;
}
