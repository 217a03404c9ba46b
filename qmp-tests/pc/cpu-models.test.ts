import assert from 'node:assert/strict';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import { RunningProgram } from '../helpers/program.ts';

const PATH = '/machine/unattached/device[0]';

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
});
