import assert from 'node:assert/strict';
import { TestMachine } from '../helpers/in-process.ts';

describe('the rate at which memory is dirtied', () => {
  it('takes its time to be measured, and is zero', async () => {
    const test = new TestMachine();
    const info = async () => {
      const { status, 'dirty-rate': rate, 'sample-pages': pages } = await test.execute('query-dirty-rate');
      return { status, rate, pages: Number(pages) };
    };
    assert.deepEqual(await info(), { status: 'unstarted', rate: undefined, pages: 0 });
    await test.execute('calc-dirty-rate', { 'calc-time': 2, 'sample-pages': 200 });
    await test.execute('x-clock-step', { ns: 1_999_999_999n });
    assert.deepEqual(await info(), { status: 'measuring', rate: undefined, pages: 200 });
    await assert.rejects(
      test.execute('calc-dirty-rate', { 'calc-time': 1 }),
      /the dirty rate is already being measured/,
    );
    await test.execute('x-clock-step', { ns: 1n });
    assert.deepEqual(await info(), { status: 'measured', rate: 0, pages: 200 });
    await test.execute('calc-dirty-rate', { 'calc-time': 1, mode: 'dirty-bitmap' });
    await test.execute('x-clock-step', { ns: 1_000_000_000n });
    assert.deepEqual(await info(), { status: 'measured', rate: 0, pages: 0 });
    test.close();
  });
});
