import assert from 'node:assert/strict';
import type { MigrateSetParameters, MigrationCapability } from '../../src/generated/types.ts';
import { createMachine } from '../../src/index.ts';

describe('settings of migrations', () => {
  const machine = createMachine({ accelerators: ['tcg'], paused: true });
  after(() => machine.close());

  const switchOn = (...names: readonly MigrationCapability[]) =>
    machine.execute('migrate-set-capabilities', {
      capabilities: names.map(capability => ({ capability, state: true })),
    });
  const enabled = async () =>
    (await machine.execute('query-migrate-capabilities'))
      .filter(({ state }) => state)
      .map(({ capability }) => capability);

  it('are kept', async () => {
    await switchOn('events', 'multifd');
    assert.deepEqual(await enabled(), ['events', 'multifd']);
    await machine.execute('migrate-set-parameters', { 'downtime-limit': 500, 'tls-creds': 'tls0' });
    const parameters = await machine.execute('query-migrate-parameters');
    assert.equal(parameters['downtime-limit'], 500);
    assert.equal(parameters['tls-creds'], 'tls0');
    await machine.execute('migrate-set-parameters', { 'tls-creds': '' });
  });

  it('must fit each other', async () => {
    const refused: readonly (readonly [desc: string, ...MigrationCapability[]])[] = [
      ['Multifd is not compatible with compress', 'compress'],
      ['Postcopy is not compatible with ignore-shared', 'postcopy-ram', 'x-ignore-shared'],
      ['Postcopy preempt requires postcopy-ram', 'postcopy-preempt'],
      ['Background-snapshot is not compatible with multifd', 'background-snapshot'],
      ['Zero copy only available for non-compressed non-TLS multifd migration', 'zero-copy-send', 'xbzrle'],
    ];
    for (const [desc, ...names] of refused) await assert.rejects(switchOn(...names), { desc });
    assert.deepEqual(await enabled(), ['events', 'multifd']);
  });

  it('must be in range', async () => {
    const refused: readonly (readonly [parameters: MigrateSetParameters, desc: string])[] = [
      [{ 'compress-level': 10 }, "Parameter 'compress_level' expects a value between 0 and 9"],
      [
        { 'cpu-throttle-initial': 0 },
        "Parameter 'cpu_throttle_initial' expects an integer in the range of 1 to 99",
      ],
      [
        { 'downtime-limit': 2_000_001 },
        "Parameter 'downtime_limit' expects an integer in the range of 0 to (2000 * 1000) ms",
      ],
      [
        { 'xbzrle-cache-size': 4097 },
        "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size",
      ],
      [
        { 'max-cpu-throttle': 100 },
        "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99",
      ],
      [{ 'announce-max': -1 }, "Parameter 'announce_max' expects a value between 0 and 100000"],
      [{ 'multifd-channels': 256 }, "Parameter 'multifd-channels' expects uint8_t"],
    ];
    for (const [parameters, desc] of refused) {
      await assert.rejects(machine.execute('migrate-set-parameters', parameters), { desc });
    }
  });
});
