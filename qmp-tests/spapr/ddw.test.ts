import assert from 'node:assert/strict';
import { createMachine } from '../../src/index.ts';

const BUID = [0x8000000, 0x20000000];
const PARAMETER_ERROR = -3;
const HARDWARE_ERROR = -1;

/** A pseries machine without KVM, and RTAS as its guest would call it. */
function start() {
  const simulator = createMachine({ ramSize: 1n << 30n, accelerators: ['tcg'] });
  const rtas = async (name: string, args: readonly number[], nret: number) =>
    (await simulator.execute('x-rtas', { name, args, nret })).ret;
  const windows = async () =>
    (await simulator.execute('x-query-tce-tables')).map(table => [
      table.liobn,
      table['page-shift'],
      table['nb-table'],
    ]);
  return { simulator, rtas, windows };
}

describe('dynamic DMA windows', () => {
  it('are offered with the page sizes of the bridge', async () => {
    const { rtas } = start();
    assert.deepEqual(
      await rtas('ibm,query-pe-dma-window', [0x1800, ...BUID], 5),
      [0, 1, 0x80000000, 0x107, 0],
    );
    assert.deepEqual(await rtas('ibm,query-pe-dma-window', [0x1800, ...BUID], 6), [0, 1, 0x20, 0, 0x107, 0]);
  });

  it('are refused for an unknown bridge, a wrong number of arguments, and ddw=off', async () => {
    const { simulator, rtas } = start();
    assert.equal((await rtas('ibm,query-pe-dma-window', [0, 1, 2], 5))[0], PARAMETER_ERROR);
    assert.equal((await rtas('ibm,query-pe-dma-window', [0, ...BUID], 4))[0], PARAMETER_ERROR);
    await simulator.execute('device_add', { driver: 'spapr-pci-host-bridge', index: 1, ddw: false });
    assert.equal((await rtas('ibm,query-pe-dma-window', [0, 0x8000000, 0x20000001], 5))[0], PARAMETER_ERROR);
  });

  it('are created beside the default window, used, and removed', async () => {
    const { simulator, rtas, windows } = start();
    assert.deepEqual(
      await rtas('ibm,create-pe-dma-window', [0, ...BUID, 16, 30], 4),
      [0, 0x80000001, 0x8000000, 0],
    );
    assert.deepEqual(await windows(), [
      [0x80000000, 12, 0x40000],
      [0x80000001, 16, 0x4000],
    ]);
    const map = { liobn: 0x80000001, iova: 0x800000000010000n, gpa: 0x20000, size: 0x30000 };
    assert.deepEqual(await simulator.execute('x-guest-dma-map', map), { pages: 3 });
    assert.equal((await rtas('ibm,create-pe-dma-window', [0, ...BUID, 16, 30], 4))[0], HARDWARE_ERROR);
    assert.deepEqual(await rtas('ibm,remove-pe-dma-window', [0x80000001], 1), [0]);
    assert.deepEqual(await rtas('ibm,remove-pe-dma-window', [0x80000001], 1), [PARAMETER_ERROR]);
    assert.deepEqual(await windows(), [[0x80000000, 12, 0x40000]]);
  });

  it('must have pages of an offered size, and at least one', async () => {
    const { rtas } = start();
    assert.equal((await rtas('ibm,create-pe-dma-window', [0, ...BUID, 13, 30], 4))[0], PARAMETER_ERROR);
    assert.equal((await rtas('ibm,create-pe-dma-window', [0, ...BUID, 24, 20], 4))[0], PARAMETER_ERROR);
    assert.equal((await rtas('ibm,create-pe-dma-window', [0, ...BUID, 12, 63], 4))[0], HARDWARE_ERROR);
  });

  it('have pages of 4 KiB to 16 GiB, as the bridge offers them', async () => {
    const { simulator, rtas } = start();
    const bits = {
      12: 0x01,
      16: 0x02,
      24: 0x04,
      25: 0x08,
      26: 0x10,
      27: 0x20,
      28: 0x40,
      34: 0x80,
      21: 0x100,
    };
    const shifts = Object.keys(bits).map(Number);
    const pgsz = shifts.reduce((mask, shift) => mask | (1n << BigInt(shift)), 0n);
    await simulator.execute('device_add', { driver: 'spapr-pci-host-bridge', index: 1, pgsz });
    const buid = [0x8000000, 0x20000001];
    assert.deepEqual(await rtas('ibm,query-pe-dma-window', [0, ...buid], 5), [0, 1, 0x80000000, 0x1ff, 0]);
    for (const shift of shifts) {
      const made = await rtas('ibm,create-pe-dma-window', [0, ...buid, shift, 36], 4);
      assert.deepEqual(made, [0, 0x80000101, 0x8000000, 0], `2^${shift}`);
      assert.deepEqual(await rtas('ibm,remove-pe-dma-window', [0x80000101], 1), [0]);
    }
    assert.deepEqual(await rtas('ibm,create-pe-dma-window', [0, ...buid, 13, 36], 4), [
      PARAMETER_ERROR,
      0,
      0,
      0,
    ]);
  });

  it('refuse each call that is wrong in number, bridge or window', async () => {
    const { simulator, rtas, windows } = start();
    await simulator.execute('device_add', { driver: 'spapr-pci-host-bridge', index: 1, ddw: false });
    const before = await windows();
    const calls = {
      'ibm,query-pe-dma-window': { rest: [], nret: 5 },
      'ibm,create-pe-dma-window': { rest: [16, 30], nret: 4 },
      'ibm,reset-pe-dma-window': { rest: [], nret: 1 },
    } as const;
    for (const [name, { rest, nret }] of Object.entries(calls)) {
      const status = async (args: readonly number[], count: number) => (await rtas(name, args, count))[0];
      assert.equal(
        await status([0, 0x1234, 0x5678, ...rest], nret),
        PARAMETER_ERROR,
        `${name}: no such bridge`,
      );
      assert.equal(
        await status([0, 0x8000000, 0x20000001, ...rest], nret),
        PARAMETER_ERROR,
        `${name}: ddw=off`,
      );
      assert.equal(await status([0, ...BUID, ...rest, 0], nret), PARAMETER_ERROR, `${name}: arguments`);
      assert.equal(await status([0, ...BUID, ...rest], nret + 2), PARAMETER_ERROR, `${name}: return words`);
    }
    for (const liobn of [0, 0x80000001, 0x80000100, 0x80000200])
      assert.deepEqual(
        await rtas('ibm,remove-pe-dma-window', [liobn], 1),
        [PARAMETER_ERROR],
        `0x${liobn.toString(16)}`,
      );
    assert.deepEqual(await windows(), before);
  });

  it('take the place of the default window, which comes back after the last of them', async () => {
    const { rtas, windows } = start();
    await rtas('ibm,create-pe-dma-window', [0, ...BUID, 24, 30], 4);
    await rtas('ibm,remove-pe-dma-window', [0x80000000], 1);
    assert.deepEqual(await windows(), [[0x80000001, 24, 0x40]]);
    await rtas('ibm,remove-pe-dma-window', [0x80000001], 1);
    assert.deepEqual(await windows(), [[0x80000000, 12, 0x40000]]);
  });

  it('are gone after a reset of the windows and of the machine', async () => {
    const { simulator, rtas, windows } = start();
    await rtas('ibm,create-pe-dma-window', [0, ...BUID, 24, 30], 4);
    assert.deepEqual(await rtas('ibm,reset-pe-dma-window', [0, ...BUID], 1), [0]);
    assert.equal((await windows()).length, 1);
    await rtas('ibm,create-pe-dma-window', [0, ...BUID, 24, 30], 4);
    await simulator.execute('system_reset');
    assert.equal((await windows()).length, 1);
  });
});

describe('a guest that is asked to power down', () => {
  it('switches the machine off', async () => {
    const { simulator } = start();
    const ended = new Promise(resolve => simulator.machine.onEnd(resolve));
    await simulator.execute('system_powerdown');
    assert.deepEqual(await ended, { cause: 'guest-shutdown' });
  });
});
