import assert from 'node:assert/strict';
import { QmpError } from '../../src/index.ts';
import { TestMachine } from '../helpers/in-process.ts';

const PHB = 'spapr-pci-host-bridge';

describe('what devices of a machine in process begin with', () => {
  it('is as its user wishes, unless the device is told otherwise', async () => {
    const test = new TestMachine({ globals: [{ driver: PHB, property: 'ddw', value: 'off' }] });
    await test.execute('device_add', { driver: PHB, id: 'phb1', index: 1 });
    await test.execute('device_add', { driver: PHB, id: 'phb2', index: 2, ddw: true });
    const ddw = async (id: string) => await test.execute('qom-get', { path: id, property: 'ddw' });
    assert.deepEqual([await ddw('phb1'), await ddw('phb2')], [false, true]);
    test.close();
  });

  it('must be possible', () => {
    const globals = [{ driver: PHB, property: 'ddw', value: 'sometimes' }];
    assert.throws(() => new TestMachine({ globals }), QmpError);
  });
});
