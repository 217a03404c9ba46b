import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectOptions } from '../../src/generated/types.ts';
import { createMachine } from '../../src/index.ts';

interface Case {
  readonly case: string;
  readonly type: 'tls-creds-x509' | 'tls-creds-psk' | 'tls-creds-anon';
  readonly properties: object;
  readonly files: Readonly<Record<string, string>>;
  /** What QEMU 7.2 says, where the files are in `DIR`. */
  readonly error: string | null;
}

const CASES: readonly Case[] = readFileSync(new URL('testdata/tls-creds.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line));

/** `secret`, `another secret` and 32 times `k`, encrypted with the key `K`, 32 times, and the vector `I`, 16 times. */
const MASTER = 'K'.repeat(32);
const IV = Buffer.from('I'.repeat(16)).toString('base64');
const ENCRYPTED = 'QHLhI0OQLEz4J+5KxtCgUQ==';

describe('TLS credentials', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-tls-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function machineWithSecrets() {
    const machine = createMachine();
    for (const options of [
      { 'qom-type': 'secret', id: 'pw', data: 'secret' },
      { 'qom-type': 'secret', id: 'other', data: 'wrong' },
      { 'qom-type': 'secret', id: 'master', data: MASTER },
      { 'qom-type': 'tls-creds-anon', id: 'anon' },
    ] as const) {
      void machine.execute('object-add', options);
    }
    return machine;
  }

  for (const { case: name, type, properties, files, error } of CASES) {
    it(`${error === null ? 'take' : 'refuse'} ${name} (${type})`, async () => {
      const machine = machineWithSecrets();
      for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
      // As the recording has them.
      const options = { ...properties, 'qom-type': type, id: 't', dir: folder } as ObjectOptions;
      const added = machine.execute('object-add', options);
      if (error === null) await added;
      else await assert.rejects(added, { desc: error.replaceAll('DIR', folder) });
      const objects = await machine.execute('qom-list', { path: '/objects' });
      assert.equal(
        objects.some(({ name }) => name === 't'),
        error === null,
      );
      machine.close();
    });
  }

  it('are opened with a password that is encrypted itself', async () => {
    const machine = machineWithSecrets();
    const files = CASES.find(({ case: name }) => name === 'an encrypted key')?.files ?? {};
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
    const secret = (id: string, options: object) =>
      machine.execute('object-add', { 'qom-type': 'secret', id, keyid: 'master', ...options });
    await secret('key', { data: ENCRYPTED, format: 'base64', iv: IV });
    await machine.execute('object-add', {
      'qom-type': 'tls-creds-x509',
      id: 't',
      endpoint: 'server',
      dir: folder,
      passwordid: 'key',
    });
    const refused = (options: object, desc: string) => assert.rejects(secret('s', options), { desc });
    const base64 = { format: 'base64', data: ENCRYPTED } as const;
    await refused(base64, 'IV is required to decrypt secret');
    await refused({ ...base64, iv: '' }, 'IV should be 16 bytes in length not 0');
    await refused({ ...base64, iv: '!' }, 'Base64 data contains invalid characters');
    await refused({ ...base64, iv: IV, keyid: 'pw' }, 'Key should be 32 bytes in length');
    await refused({ data: ENCRYPTED, iv: IV }, 'Length 24 must be a multiple of block size 16');
    await refused(
      { ...base64, data: 'eHh4eHh4eHh4eHh4eHh4eA==', iv: IV },
      'Incorrect number of padding bytes (34) found on decrypted data',
    );
    machine.close();
  });
});
