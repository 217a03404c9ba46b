import assert from 'node:assert/strict';
import { askBoth } from '../differential/side-by-side.ts';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import { RunningProgram } from '../helpers/program.ts';

const PATH = '/machine/unattached/device[0]';

/** What a client may want otherwise; some of it cannot be had. */
const CHANGES = [
  ...[{ svm: false }, { vmx: true }, { vmx: true, 'vmx-ept': true }, { 'arch-capabilities': false }],
  ...[{ sse4_1: false }, { i64: false }, { avx512f: true }, { 'intel-pt': true }, { kvmclock: true }],
  ...[{ 'min-level': 3 }, { 'min-level': 20, level: 4 }, { 'min-xlevel': 5 }, { 'min-xlevel2': 7 }],
  ...[{ xlevel: 5 }, { 'level-func7': 1 }, { 'phys-bits': 45 }, { 'tsc-frequency': 5500 }],
  ...[{ family: 271 }, { stepping: -1 }, { vendor: 'abc' }, { vendor: 'GenuineIntel' }, { 'lbr-fmt': 64 }],
  ...[{ 'lbr-fmt': 5 }, { avx: 1 }, { nosuch: true }, { 'feature-words': [] }],
];

describe('models of processors', () => {
  for (const model of [
    'qemu64',
    'max',
    'EPYC',
    'Denverton',
    'Skylake-Client',
    'Icelake-Server-v3',
    'kvm64',
    'Opteron_G5',
  ]) {
    it(`${model} has under TCG what it has with QEMU`, async function () {
      requireQemu(this, 'x86_64');
      const both = await BesideQemu.start('x86_64', ['-M', 'q35', '-accel', 'tcg', '-cpu', model, '-S']);
      try {
        const properties = [await both.sameReply('qom-list', { path: PATH })].flat();
        for (const { name } of properties.map(property => Object(property))) {
          await both.sameReply('qom-get', { path: PATH, property: name });
        }
      } finally {
        await both.stop();
      }
    });
  }

  it('are told as QEMU tells them, each of them, and with features that are wanted or not', async function () {
    requireQemu(this, 'x86_64');
    this.timeout(120_000);
    const both = await BesideQemu.start('x86_64', ['-accel', 'tcg', '-nodefaults', '-S']);
    try {
      const models = [await both.sameReply('query-cpu-definitions')].flat();
      const names = models.map(each => String(Object(each).name));
      for (const name of names)
        for (const type of ['static', 'full'] as const)
          await both.sameReply('query-cpu-model-expansion', { type, model: { name } });
      for (const props of CHANGES)
        for (const name of ['Haswell', 'qemu64', 'base', 'EPYC-Milan'])
          await both.sameReply('query-cpu-model-expansion', { type: 'full', model: { name, props } });
      for (const model of [{ name: 'nosuch' }, { name: 'max', props: 3 }])
        await both.sameReply('query-cpu-model-expansion', { type: 'static', model });
    } finally {
      await both.stop();
    }
  });

  for (const cpu of [
    'Haswell,rtm=off',
    'Icelake-Server,avx512f=off,amd-ssbd=on',
    'qemu64,avx512f=on,tsc-deadline=on,rdctl-no=on,arch-capabilities=on,vmx=on,vmx-ept=on,intel-pt=on',
    'qemu64,svm=off,npt=on',
    'EPYC,svm=off',
    'qemu64,kvmclock=on',
    'Haswell,check=off',
    'base,+vmx,+vmx-ept,-sse4_1',
  ]) {
    it(`are changed as with QEMU: ${cpu}`, async function () {
      requireQemu(this, 'x86_64');
      const both = await BesideQemu.start('x86_64', ['-accel', 'tcg', '-S', '-cpu', cpu]);
      for (const property of ['unavailable-features', 'filtered-features', 'feature-words', 'min-level'])
        await both.sameReply('qom-get', { path: PATH, property });
      const [ours, qemu] = await Promise.all([both.ours.stop(), both.qemu.stop()]);
      const said = (text: string) => text.replaceAll(/^(qemu|qmpsim)-system-x86_64: /gm, '');
      assert.equal(said(ours.stderr), said(qemu.stderr));
    });
  }

  it('are refused as a whole, if that is wanted', async function () {
    requireQemu(this, 'x86_64');
    await BesideQemu.refusal('x86_64', ['-accel', 'tcg', '-cpu', 'Haswell,enforce']);
  });

  it('have all that they want under KVM, also what TCG cannot do', async () => {
    const machine = ['-M', 'q35', '-cpu', 'Skylake-Client', '-S', '-host', 'x86'];
    for (const accelerator of ['tcg', 'kvm'] as const) {
      const program = await RunningProgram.start([...machine, '-accel', accelerator], 'qmpsim-system-x86_64');
      const read = (property: string) => program.qmp.execute('qom-get', { path: PATH, property });
      assert.equal(await read('avx2'), true);
      assert.equal(await read('tsc-deadline'), accelerator === 'kvm');
      assert.equal([await read('unavailable-features')].flat().length > 0, accelerator === 'tcg');
      await program.stop();
    }
  });

  it('say what is wrong with a second name as QEMU does', async function () {
    const processor = { driver: 'qemu64-x86_64-cpu', 'socket-id': 1, 'core-id': 0, 'thread-id': 0 };
    const set = (property: string) => ['qom-set', { path: PATH, property, value: true }] as const;
    const args = ['-M', 'pc', '-nodefaults', '-smp', '1,maxcpus=2'];
    await askBoth(this, { target: 'x86_64', args }, [
      ...['sse4_1', 'sse3', 'perfctr_core', 'hv-apicv', 'kvm_mmu'].map(set),
      ...['sse3', 'hv-apicv'].map(name => ['device_add', { ...processor, [name]: 'x' }] as const),
      ['device_add', { ...processor, id: 'cpu', sse3: 'off', 'hv-apicv': 'on' }],
      ...['pni', 'hv-avic'].map(
        property => ['qom-get', { path: '/machine/peripheral/cpu', property }] as const,
      ),
    ]);
  });
});
