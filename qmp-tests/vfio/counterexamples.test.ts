import assert from 'node:assert/strict';
import { TestMachine } from '../helpers/in-process.ts';
import { containersOf } from './observe.ts';
import { assertSound } from './soundness.ts';

const LIOBN = 0x80000000;

/** Found by the random stories of `model.test.ts`, once. */
describe('what went wrong once', () => {
  let test: TestMachine;

  beforeEach(async () => {
    test = new TestMachine();
    await test.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
  });

  afterEach(() => test.close());

  it('an entry that is redirected from memory to elsewhere leaves the host', async () => {
    await test.execute('x-hcall', { name: 'H_PUT_TCE', args: [LIOBN, 0x5000, 0x3003] });
    assert.equal((await containersOf(test))[0]?.mappings, 1);

    await test.execute('x-hcall', { name: 'H_PUT_TCE', args: [LIOBN, 0x5000, 0x200000000001] });
    assert.equal((await containersOf(test))[0]?.mappings, 0);
    assert.match(test.reports.at(-1) ?? '', /^iommu map to non memory area 200000000000$/);
    assert.deepEqual(await assertSound(test), []);
  });
});
