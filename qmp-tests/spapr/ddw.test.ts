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
