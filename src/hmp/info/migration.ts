import type { MigrationParameters } from '../../generated/types.ts';
import { command } from '../command.ts';

/** What a migration would be like. */
export const MIGRATION_INFO = [
  command({
    name: 'migrate',
    help: 'show migration status',
    run: async ({ execute, print }) => {
      // Constants of the program, which the machine type may change and none here does.
      print('globals:\nstore-global-state: on\nonly-migratable: off\nsend-configuration: on\n');
      print('send-section-footer: on\ndecompress-error-check: on\nclear-bitmap-shift: 18\n');
      const { 'blocked-reasons': reasons = [] } = await execute('query-migrate');
      if (reasons.length > 0) print('Outgoing migration blocked:\n');
      for (const reason of reasons) print(`  ${reason}\n`);
    },
  }),
  command({
    name: 'migrate_capabilities',
    help: 'show current migration capabilities',
    run: async ({ execute, print }) => {
      for (const { capability, state } of await execute('query-migrate-capabilities'))
        print(`${capability}: ${state ? 'on' : 'off'}\n`);
    },
  }),
  command({
    name: 'migrate_parameters',
    help: 'show current migration parameters',
    run: async ({ execute, print }) => {
      const parameters = await execute('query-migrate-parameters');
      for (const [name, unit] of PARAMETERS) {
        const value = parameters[name] ?? '';
        print(`${name}: ${QUOTED.has(name) ? `'${value}'` : shown(value)}${unit}\n`);
      }
    },
  }),
  command({
    name: 'dirty_rate',
    help: 'show dirty rate information',
    run: async ({ execute, print }) => {
      const info = await execute('query-dirty-rate');
      const { status, mode, 'start-time': start, 'sample-pages': pages, 'calc-time': time } = info;
      print(`Status: ${status}\nStart Time: ${start} (ms)\nSample Pages: ${pages} (per GB)\n`);
      print(`Period: ${time} (sec)\nMode: ${mode}\n`);
      const { 'dirty-rate': rate } = info;
      print(`Dirty rate: ${rate === undefined ? '(not ready)' : `${rate} (MB/s)`}\n`);
    },
  }),
  command({
    name: 'vcpu_dirty_limit',
    help: 'show dirty page limit information of all vCPU',
    run: async ({ execute, print }) => {
      const limits = await execute('query-vcpu-dirty-limit');
      if (limits.length === 0) print('Dirty page limit not enabled!\n');
    },
  }),
] as const;

/** In the order in which they are shown, with what stands behind the value. */
const PARAMETERS: readonly (readonly [name: keyof MigrationParameters, unit: string])[] = [
  ['announce-initial', ' ms'],
  ['announce-max', ' ms'],
  ['announce-rounds', ''],
  ['announce-step', ' ms'],
  ['compress-level', ''],
  ['compress-threads', ''],
  ['compress-wait-thread', ''],
  ['decompress-threads', ''],
  ['throttle-trigger-threshold', ''],
  ['cpu-throttle-initial', ''],
  ['cpu-throttle-increment', ''],
  ['cpu-throttle-tailslow', ''],
  ['max-cpu-throttle', ''],
  ['tls-creds', ''],
  ['tls-hostname', ''],
  ['max-bandwidth', ' bytes/second'],
  ['downtime-limit', ' ms'],
  ['x-checkpoint-delay', ' ms'],
  ['block-incremental', ''],
  ['multifd-channels', ''],
  ['multifd-compression', ''],
  ['xbzrle-cache-size', ' bytes'],
  ['max-postcopy-bandwidth', ''],
  ['tls-authz', ''],
];
const QUOTED: ReadonlySet<keyof MigrationParameters> = new Set(['tls-creds', 'tls-hostname', 'tls-authz']);

function shown(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}
