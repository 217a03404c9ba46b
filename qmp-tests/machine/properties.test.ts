import assert from 'node:assert/strict';
import type { JsonValue } from '../../src/base/json.ts';
import { createMachine } from '../../src/index.ts';

/** Errors of QEMU 7.2 for `qom-set /machine`. */
const REFUSED: readonly (readonly [property: string, value: JsonValue, desc: string])[] = [
  ['type', 'x', "Property 'pseries-7.2-machine.type' is not writable"],
  ['usb', 'on', "Invalid parameter type for 'usb', expected: boolean"],
  ['kernel', 5, "Invalid parameter type for 'kernel', expected: string"],
  ['boot', { size: 1 }, "Parameter 'boot.size' is unexpected"],
  ['boot', { order: 'zz' }, "Invalid boot device 'z'"],
  ['boot', { order: 'cc' }, "Boot device 'c' was given twice"],
  ['memory', { size: '1G' }, "Parameter 'memory.size' expects uint64"],
  [
    'memory',
    { size: 1 << 30, 'max-size': 1 << 29 },
    'invalid value of maxmem: maximum memory size (0x20000000) must be at least the initial memory size (0x40000000)',
  ],
  ['smp', { dies: 2 }, "dies not supported by this machine's CPU topology"],
  ['smp', { cpus: '2' }, "Invalid parameter type for 'smp.cpus', expected: integer"],
  ['cap-ibs', 'fixed', 'Invalid capability mode "fixed" for cap-ibs'],
  ['cap-hpt-max-page-size', 5, 'cap-hpt-max-page-size must be a power of 2'],
  ['ic-mode', 'x', 'Bad value for "ic-mode" property'],
  ['max-cpu-compat', 'x', 'Invalid compatibility mode "x"'],
  ['nvdimm-persistence', 'x', '-machine nvdimm-persistence=x: unsupported option'],
  ['vsmt', -1, "Parameter 'vsmt' expects uint32_t"],
  ['vsmt', 'x', "Parameter 'vsmt' expects uint64"],
  ['memory-backend', 'x', "Device 'x' not found"],
  ['memory-backend', '/machine', "Invalid parameter type for 'memory-backend', expected: memory-backend"],
  ['memory-encryption', 'x', "No such memory encryption object 'x'"],
  ['vfio-no-msix-emulation', true, "Property 'pseries-7.2-machine.vfio-no-msix-emulation' is not writable"],
];

/** Values that QEMU 7.2 takes, and what it shows afterwards. */
const TAKEN: readonly (readonly [property: string, value: JsonValue, shown: JsonValue])[] = [
  ['append', 'quiet', 'quiet'],
  ['phandle-start', 5000000000, 705032704n],
  ['cap-ibs', 'Broken', 'broken'],
  ['cap-htm', true, true],
  ['resize-hpt', 'required', 'required'],
  ['kernel-addr', -1, 2n ** 64n - 1n],
  ['boot', { once: 'd', 'splash-time': 5 }, { order: '', once: 'd', 'splash-time': 5n }],
  ['memory', { size: 1024 }, { size: 8192n }],
  ['smp', { cpus: 2 }, { cpus: 2, maxcpus: 2, sockets: 1, dies: 1, clusters: 1, cores: 2, threads: 1 }],
  ['memory-backend', 'ppc_spapr.ram', '/objects/ppc_spapr.ram'],
];

describe('machine properties', () => {
  const machine = createMachine({ accelerators: ['tcg'], paused: true });
  after(() => machine.close());

  for (const [property, value, desc] of REFUSED) {
    it(`${property} refuses ${JSON.stringify(value)}`, async () => {
      await assert.rejects(machine.execute('qom-set', { path: '/machine', property, value }), { desc });
    });
  }

  for (const [property, value, shown] of TAKEN) {
    it(`${property} takes ${JSON.stringify(value)}`, async () => {
      await machine.execute('qom-set', { path: '/machine', property, value });
      assert.deepEqual(await machine.execute('qom-get', { path: '/machine', property }), shown);
    });
  }

  it('are checked against what the accelerator can do', () => {
    const create = (properties: Record<string, string>) =>
      createMachine({ accelerators: ['tcg'], paused: true, properties });
    assert.throws(() => create({ 'cap-htm': 'on' }), {
      desc: 'No Transactional Memory support in TCG',
      hint: 'Try appending -machine cap-htm=off',
    });
    assert.throws(() => create({ 'cap-hpt-max-page-size': '1' }), {
      desc: 'Require at least 4kiB hpt-max-page-size',
    });
    assert.throws(() => create({ foo: '1' }), { desc: "Property 'pseries-7.2-machine.foo' not found" });
    assert.throws(() => create({ 'cap-htm': 'maybe' }), {
      desc: "Parameter 'cap-htm' expects 'on' or 'off'",
    });
  });

  it('say which promises TCG cannot keep', () => {
    const lines: string[] = [];
    createMachine({ accelerators: ['tcg'], paused: true, report: line => lines.push(line) }).close();
    assert.deepEqual(lines, [
      "warning: TCG doesn't support requested feature, cap-cfpc=workaround",
      "warning: TCG doesn't support requested feature, cap-sbbc=workaround",
      "warning: TCG doesn't support requested feature, cap-ibs=workaround",
      "warning: TCG doesn't support requested feature, cap-ccf-assist=on",
    ]);
  });
});
