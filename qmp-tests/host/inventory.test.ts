import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { BUILTIN_INVENTORY } from '../../src/host/builtin-inventory.ts';
import { Host } from '../../src/host/host.ts';
import { InventoryError, type InventoryFile, loadInventory } from '../../src/host/inventory-file.ts';

const schema = JSON.parse(readFileSync(new URL('../../schema/host.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ allowUnionTypes: true }).compile<InventoryFile>(schema);

const DEVICE = { address: '0001:00:00.0', vendor: '0x8086', device: '0x1572', class: '0x020000' };
const SMALLEST = { iommu: 'type1', groups: [{ id: 7, devices: [DEVICE] }] };

describe('host inventory', () => {
  it('is read from JSON, with defaults for what it does not say', () => {
    const inventory = loadInventory(JSON.stringify(SMALLEST), validate);
    assert.deepEqual(
      [inventory.memlock, inventory.kvm, inventory.mappingLimit],
      [undefined, undefined, 65535],
    );
    assert.deepEqual(inventory.pageSizes, [0x1000]);
    const device = new Host(inventory).device('0001:00:00.0');
    assert.deepEqual([device?.facts.vendor, device?.facts.class], [0x8086, 0x020000]);
    assert.deepEqual([device?.group?.id, device?.driver], [7, undefined]);
  });

  it('takes large numbers in hexadecimal', () => {
    const ddw = { windows: 2, base: '0x0800000000000000' };
    const file = { ...SMALLEST, iommu: 'spapr-tce-v2', ddw, memlock: '0xffffffffffffffff' };
    const inventory = loadInventory(JSON.stringify(file), validate);
    assert.deepEqual([inventory.ddw.base, inventory.memlock], [1n << 59n, (1n << 64n) - 1n]);
  });

  it('says what is wrong', () => {
    const rejects = (file: unknown, message: RegExp) =>
      assert.throws(
        () => loadInventory(typeof file === 'string' ? file : JSON.stringify(file), validate),
        (error: unknown) => error instanceof InventoryError && message.test(error.message),
      );
    rejects('{', /JSON/);
    rejects({ ...SMALLEST, iommu: 'type2' }, /^\/iommu: must be equal to one of/);
    rejects({ ...SMALLEST, memory: 1 }, /additional properties/);
    const [group] = SMALLEST.groups;
    rejects({ ...SMALLEST, groups: [group, group] }, /group 7 is there twice/);
    rejects({ ...SMALLEST, groups: [group, { id: 8, devices: [DEVICE] }] }, /0001:00:00.0 is there twice/);
    rejects({ ...SMALLEST, groups: [{ id: 1, devices: [{ ...DEVICE, address: '1:0:0.0' }] }] }, /pattern/);
    rejects({ ...SMALLEST, window: { start: 0, size: 0x1800 } }, /multiples/);
    const withBars = (bars: unknown) => ({
      ...SMALLEST,
      groups: [{ id: 1, devices: [{ ...DEVICE, bars }] }],
    });
    rejects(withBars([{ index: 0, size: 0x3000, type: 'mem32' }]), /power of two/);
    rejects(withBars([{ index: 5, size: 0x1000, type: 'mem64' }]), /BARs overlap/);
  });

  it('has a POWER8 host built in', () => {
    const host = new Host(BUILTIN_INVENTORY);
    assert.deepEqual(
      host.groups.map(group => [group.id, group.viable, group.devices.map(device => device.address)]),
      [
        [1, true, ['0001:00:00.0']],
        [2, true, ['0002:01:00.0', '0002:01:00.1']],
        [3, true, ['0003:01:00.0']],
        [4, false, ['0004:01:00.0', '0004:01:00.1']],
      ],
    );
    assert.deepEqual([...(host.kvmCapabilities ?? [])], ['spapr-tce', 'spapr-multitce']);
  });
});
