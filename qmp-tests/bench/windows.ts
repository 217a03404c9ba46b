/** What a mapping costs, page by page, in windows of all sizes: when a guest makes it, and when it is carried over. */

import { PERM_READ, PERM_WRITE } from '../../src/base/page-table.ts';
import { DmaMapper } from '../../src/guest/dma.ts';
import type { PaprPlatform } from '../../src/guest/platform.ts';
import { inventoryFromFile } from '../../src/host/inventory-file.ts';
import { createMachine, Host, type Simulator } from '../../src/index.ts';
import { SpaprMachine } from '../../src/spapr/machine.ts';
import { median } from './statistics.ts';

/** A guest's window for all of its memory. */
export interface Window {
  readonly title: string;
  /** Powers of two, in bytes. */
  readonly sizeShift: number;
  readonly pageShift: number;
}

export const WINDOWS: readonly Window[] = [
  { title: '1 GiB in pages of 4 KiB', sizeShift: 30, pageShift: 12 },
  { title: '64 GiB in pages of 64 KiB', sizeShift: 36, pageShift: 16 },
  { title: '1 TiB in pages of 16 MiB', sizeShift: 40, pageShift: 24 },
];

/** Milliseconds, medians. */
export interface WindowResult {
  readonly pages: number;
  /** Every page mapped by the guest in one go, which a device's container follows. */
  readonly mapping: number;
  /** A page on its own, by a hypercall. */
  readonly single: number;
  /** What is mapped carried over to a container. */
  readonly replay: number;
  /** A memory copy of the window's table. */
  readonly copy: number;
}

const ROUNDS = 30;
const SINGLE_PAGES = 2000;
const LIOBN = 0x80000001;
const BUID = [0x8000000, 0x20000000];
const DEVICE = { address: '0001:00:00.0', vendor: 0x1014, device: 1, class: 0x020000, driver: 'vfio-pci' };
const HOST = {
  iommu: 'spapr-tce-v2',
  'page-sizes': [0x1000, 0x10000, 0x1000000],
  // All memory is in pages so large that every window can have it.
  'system-page-size': 0x1000000,
  memlock: '0x20000000000',
  groups: [{ id: 1, devices: [DEVICE] }],
} as const;

export async function measureWindow({ sizeShift, pageShift }: Window): Promise<WindowResult> {
  const size = 1n << BigInt(sizeShift);
  const pages = 2 ** (sizeShift - pageShift);
  const simulator = createMachine({
    ramSize: size,
    paused: true,
    host: new Host(inventoryFromFile(HOST)),
    devices: [{ driver: 'vfio-pci', host: DEVICE.address, id: 'assigned' }],
  });
  const start = await openWindow(simulator, sizeShift, pageShift);
  const { machine } = simulator;
  if (!(machine instanceof SpaprMachine)) throw new Error('not a pseries machine');
  const mapper = new DmaMapper(machine.guestPlatform, LIOBN, pageShift);
  const container = machine.vfio.containers[0];
  const follower = container?.guestIommus.find(({ region }) => region.liobn === LIOBN);
  if (container === undefined || follower === undefined) throw new Error('nobody follows the window');
  const mapping: number[] = [];
  const single: number[] = [];
  const replay: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    mapping.push(time(() => mapper.map(start, 0n, size, PERM_READ | PERM_WRITE)));
    if (container.iommu.mappings !== pages) throw new Error('the mapping is not complete');
    container.iommu.unmapDma(start, size);
    replay.push(time(() => follower.region.replay(follower)));
    if (container.iommu.mappings !== pages) throw new Error('the replay is not complete');
    mapper.unmap(start, size);
    single.push(time(() => mapSingly(machine.guestPlatform, start, pageShift)) / SINGLE_PAGES);
    mapper.unmap(start, size);
  }
  simulator.close();
  return {
    pages,
    mapping: median(mapping),
    single: median(single),
    replay: median(replay),
    copy: copyTime(pages),
  };
}

/** Every other page, mapped to the pages in reverse. */
function mapSingly(platform: PaprPlatform, start: bigint, pageShift: number): void {
  const shift = BigInt(pageShift);
  for (let page = 0n; page < SINGLE_PAGES; page++) {
    const tce = ((BigInt(SINGLE_PAGES) - page) << shift) | 3n;
    platform.hypercall('H_PUT_TCE', [BigInt(LIOBN), start + ((2n * page) << shift), tce]);
  }
}

/** @returns the window's bus address */
async function openWindow(simulator: Simulator, sizeShift: number, pageShift: number): Promise<bigint> {
  const args = [0, ...BUID, pageShift, sizeShift];
  const { ret } = await simulator.execute('x-rtas', { name: 'ibm,create-pe-dma-window', args, nret: 4 });
  const [status, , high = 0, low = 0] = ret;
  if (status !== 0) throw new Error(`there can be no such window: ${status}`);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Milliseconds that a memory copy of so many entries takes. */
export function copyTime(entries: number): number {
  const from = new BigUint64Array(entries).fill(1n);
  const to = new BigUint64Array(entries);
  return median(Array.from({ length: ROUNDS }, () => time(() => to.set(from))));
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}
