import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestMachine } from '../helpers/in-process.ts';

const MIB = 1 << 20;
const RAM = 256 * MIB;

describe('memory in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'qmpsim-memory-'));
  const filename = join(folder, 'memory');
  after(() => rmSync(folder, { recursive: true }));

  it('is what the guest has there, and zeroes where there is nothing', async () => {
    const test = new TestMachine({ ramSize: BigInt(RAM) });
    test.machine.memorySpace.write(BigInt(RAM - 2 * MIB - 2), Buffer.from('across'));
    await test.execute('pmemsave', { val: RAM - 3 * MIB, size: 4 * MIB, filename });
    const saved = readFileSync(filename);
    assert.equal(saved.length, 4 * MIB);
    assert.equal(saved.subarray(MIB - 2, MIB + 4).toString(), 'across');
    assert.equal(saved.filter(byte => byte !== 0).length, 6);
    test.close();
  });

  it('ends where a processor would find nothing', async () => {
    const test = new TestMachine({ ramSize: BigInt(RAM) });
    await assert.rejects(
      test.execute('memsave', { val: RAM - 2048, size: 4096, filename }),
      /Invalid addr 0x000000000ffff800\/size 4096 specified$/,
    );
    assert.equal(readFileSync(filename).length, 2048);
    await assert.rejects(
      test.execute('memsave', { val: 0, size: 1, filename, 'cpu-index': 1 }),
      /Parameter 'cpu-index' expects a CPU number/,
    );
    test.close();
  });

  it('is left off when the machine ends', async () => {
    const test = new TestMachine({ ramSize: BigInt(RAM) });
    const saving = test.execute('pmemsave', { val: 0, size: RAM, filename });
    test.machine.quit('host-qmp-quit');
    await saving;
    assert.ok(readFileSync(filename).length < RAM);
    test.close();
  });

  it('is refused where the file cannot be written, and for a size that is none', async () => {
    const test = new TestMachine();
    await assert.rejects(
      test.execute('pmemsave', { val: 0, size: 1, filename: join(folder, 'no', 'file') }),
      /Could not open '.*': No such file or directory/,
    );
    await assert.rejects(
      test.execute('pmemsave', { val: 0, size: 1, filename: '/dev/full' }),
      /An IO error has occurred/,
    );
    await assert.rejects(test.execute('pmemsave', { val: 0, size: -1, filename }), /Parameter 'size'/);
    test.close();
  });
});
