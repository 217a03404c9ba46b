import assert from 'node:assert/strict';
import type { ObjectOptions } from '../../src/generated/types.ts';
import { createMachine } from '../../src/index.ts';

/** What QEMU 7.2 refuses, and how. */
const REFUSED: readonly (readonly [options: ObjectOptions, desc: string])[] = [
  [
    { 'qom-type': 'memory-backend-ram', id: 'm', size: 0 },
    "property 'size' of memory-backend-ram doesn't take value '0'",
  ],
  [{ 'qom-type': 'memory-backend-ram', id: '1x', size: 4096 }, "Parameter 'id' expects an identifier"],
  [
    { 'qom-type': 'memory-backend-ram', id: 'm', size: 4096, 'host-nodes': [99] },
    'host-nodes must be empty for policy default, or you should explicitly specify a policy other than default',
  ],
  [
    { 'qom-type': 'memory-backend-ram', id: 'm', size: 4096, policy: 'bind' },
    'host-nodes must be set for policy bind',
  ],
  [
    { 'qom-type': 'memory-backend-ram', id: 'm', size: 4096, policy: 'bind', 'host-nodes': [1] },
    'cannot bind memory to host NUMA nodes: Invalid argument',
  ],
  [
    { 'qom-type': 'memory-backend-ram', id: 'm', size: 1n << 60n },
    "cannot set up guest memory 'm': Cannot allocate memory",
  ],
  [
    { 'qom-type': 'memory-backend-file', id: 'm', size: 4096, 'mem-path': '/nosuch/file' },
    "can't open backing store /nosuch/file for guest RAM: No such file or directory",
  ],
  [
    { 'qom-type': 'iothread', id: 'io', 'thread-pool-min': 5, 'thread-pool-max': 2 },
    'bad thread-pool-min/thread-pool-max values',
  ],
  [
    { 'qom-type': 'iothread', id: 'io', 'poll-max-ns': -1 },
    'poll-max-ns value must be in range [0, 9223372036854775807]',
  ],
  [
    { 'qom-type': 'rng-random', id: 'r', filename: '/nosuch' },
    "Could not open '/nosuch': No such file or directory",
  ],
  [{ 'qom-type': 'secret', id: 's' }, "Either 'file' or 'data' must be provided"],
  [{ 'qom-type': 'secret', id: 's', data: 'x', file: 'y' }, "'file' and 'data' are mutually exclusive"],
  [
    { 'qom-type': 'secret', id: 's', data: '!!', format: 'base64' },
    'Base64 data contains invalid characters',
  ],
  [{ 'qom-type': 'secret', id: 's', data: 'x', keyid: 'nosuch' }, "No secret with id 'nosuch'"],
  [{ 'qom-type': 'tls-creds-x509', id: 't' }, "Missing 'dir' property value"],
  [
    { 'qom-type': 'tls-creds-x509', id: 't', dir: '/nosuch' },
    'Unable to access credentials /nosuch/ca-cert.pem: No such file or directory',
  ],
  [
    { 'qom-type': 'throttle-group', id: 'g', limits: { 'iops-total': 5, 'iops-read': 3 } },
    'bps/iops/max total values and read/write values cannot be used at the same time',
  ],
  [
    { 'qom-type': 'throttle-group', id: 'g', limits: { 'iops-total-max': 5 } },
    'bps_max/iops_max require corresponding bps/iops values',
  ],
  [
    { 'qom-type': 'filter-buffer', id: 'f', netdev: 'nosuch', interval: 5 },
    "Parameter 'netdev' expects a network backend id",
  ],
  [{ 'qom-type': 'sev-guest', id: 'x', 'reduced-phys-bits': 1 }, 'invalid object type: sev-guest'],
];

describe('objects of users', () => {
  const machine = createMachine({ accelerators: ['tcg'], paused: true });
  const add = (options: ObjectOptions) => machine.execute('object-add', options);
  const get = (id: string, property: string) =>
    machine.execute('qom-get', { path: `/objects/${id}`, property });
  after(() => machine.close());

  for (const [options, desc] of REFUSED) {
    it(`${options['qom-type']}: ${desc}`, async () => {
      await assert.rejects(add(options), { desc });
      const left = await machine.execute('qom-list', { path: '/objects' });
      assert.deepEqual(
        left.map(({ name }) => name),
        ['type', 'ppc_spapr.ram'],
      );
    });
  }

  it('come, show what they were given, and go', async () => {
    await add({ 'qom-type': 'memory-backend-ram', id: 'm1', size: 1 << 20, share: true });
    assert.equal(await get('m1', 'size'), 1n << 20n);
    assert.equal(await get('m1', 'share'), true);
    assert.equal(await get('m1', 'm1[0]'), '/objects/m1/m1[0]');
    const [backend] = await machine.execute('query-memdev');
    assert.deepEqual(backend, {
      id: 'm1',
      size: 1n << 20n,
      merge: true,
      dump: true,
      prealloc: false,
      share: true,
      reserve: true,
      'host-nodes': [],
      policy: 'default',
    });
    await assert.rejects(add({ 'qom-type': 'rng-builtin', id: 'm1' }), {
      desc: "attempt to add duplicate property 'm1' to object (type 'container')",
    });
    await machine.execute('object-del', { id: 'm1' });
    await assert.rejects(machine.execute('object-del', { id: 'm1' }), { desc: "object 'm1' not found" });
  });

  it('that serve the machine stay', async () => {
    await assert.rejects(machine.execute('object-del', { id: 'ppc_spapr.ram' }), {
      desc: "object 'ppc_spapr.ram' is in use, can not be deleted",
    });
  });

  it('have properties that are fixed, and others that are not', async () => {
    await add({ 'qom-type': 'memory-backend-ram', id: 'm2', size: 4096 });
    const set = (property: string, value: boolean | number) =>
      machine.execute('qom-set', { path: '/objects/m2', property, value });
    await set('merge', false);
    assert.equal(await get('m2', 'merge'), false);
    await assert.rejects(set('share', true), { desc: 'cannot change property value' });
    await assert.rejects(set('size', 8192), { desc: 'cannot change property size of memory-backend-ram ' });
    await machine.execute('object-del', { id: 'm2' });
  });

  it('of threads are listed, with what was changed since', async () => {
    await add({ 'qom-type': 'iothread', id: 'io0', 'poll-max-ns': 5 });
    await machine.execute('qom-set', { path: '/objects/io0', property: 'aio-max-batch', value: 7 });
    assert.deepEqual(await machine.execute('query-iothreads'), [
      {
        id: 'io0',
        'thread-id': process.pid,
        'poll-max-ns': 5n,
        'poll-grow': 0n,
        'poll-shrink': 0n,
        'aio-max-batch': 7n,
      },
    ]);
    await machine.execute('object-del', { id: 'io0' });
  });

  it('of one group of disks show all limits', async () => {
    await add({ 'qom-type': 'throttle-group', id: 'g', 'x-iops-total': 5 });
    const limits = await get('g', 'limits');
    assert.ok(typeof limits === 'object' && limits !== null && 'iops-total' in limits);
    assert.equal(limits['iops-total'], 5n);
    await assert.rejects(
      machine.execute('qom-set', { path: '/objects/g', property: 'x-iops-total', value: 6 }),
      { desc: 'Property cannot be set after initialization' },
    );
    await machine.execute('object-del', { id: 'g' });
  });
});
