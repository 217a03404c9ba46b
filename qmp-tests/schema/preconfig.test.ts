import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { commandInfo } from '../../src/generated/commands.ts';

/** The commands that QEMU 7.2 executes before the machine is finished, found by trying all it has. */
const ALLOWED: readonly string[] = JSON.parse(
  readFileSync(new URL('preconfig-commands.json', import.meta.url), 'utf8'),
);

describe('commands before the machine is finished', () => {
  it('are those that QEMU allows', () => {
    for (const [name, { allowPreconfig = false }] of Object.entries<{ allowPreconfig?: boolean }>(
      commandInfo,
    )) {
      if (!name.startsWith('x-') || ALLOWED.includes(name)) {
        assert.equal(allowPreconfig, ALLOWED.includes(name), name);
      }
    }
  });

  it('out of band are those that QEMU allows', () => {
    const allowed = ['migrate-recover', 'migrate-pause', 'yank', 'query-yank'];
    for (const [name, { allowOob = false }] of Object.entries<{ allowOob?: boolean }>(commandInfo)) {
      assert.equal(allowOob, allowed.includes(name), name);
    }
  });
});
