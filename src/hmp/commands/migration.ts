import type { MigrationStatus } from '../../generated/types.ts';
import { oneOf } from '../choice.ts';
import { command } from '../command.ts';
import { int32, onOff, optional, word } from '../parameters.ts';

const STATES: readonly MigrationStatus[] = [
  'none',
  'setup',
  'cancelling',
  'cancelled',
  'active',
  'postcopy-active',
  'postcopy-paused',
  'postcopy-recover',
  'completed',
  'failed',
  'colo',
  'pre-switchover',
  'device',
  'wait-unplug',
];

/** What a migration would be like. */
export const MIGRATION_COMMANDS = [
  command({
    name: 'migrate_set_capability',
    usage: 'capability state',
    help: 'Enable/Disable the usage of a capability for migration',
    parameters: { name: word, state: onOff },
    run: async ({ execute }, { name, state }) => {
      const known = await execute('query-migrate-capabilities');
      const capability = oneOf(
        known.map(each => each.capability),
        name,
      );
      await execute('migrate-set-capabilities', { capabilities: [{ capability, state }] });
    },
  }),
  command({
    name: 'client_migrate_info',
    usage: 'protocol hostname port tls-port cert-subject',
    help: 'set migration information for remote display',
    parameters: {
      protocol: word,
      hostname: word,
      port: optional(int32),
      tlsPort: optional(int32),
      subject: optional(word),
    },
    run: async ({ execute }, { protocol, hostname, port, tlsPort, subject }) =>
      await execute('client_migrate_info', {
        protocol,
        hostname,
        ...(port === undefined ? {} : { port }),
        ...(tlsPort === undefined ? {} : { 'tls-port': tlsPort }),
        ...(subject === undefined ? {} : { 'cert-subject': subject }),
      }),
  }),
  command({
    name: 'migrate_cancel',
    help: 'cancel the current VM migration',
    run: async ({ execute }) => await execute('migrate_cancel'),
  }),
  command({
    name: 'migrate_continue',
    usage: 'state',
    help: 'Continue migration from the given paused state',
    parameters: { state: word },
    run: async ({ execute }, { state }) => await execute('migrate-continue', { state: oneOf(STATES, state) }),
  }),
  command({
    name: 'migrate_start_postcopy',
    help: 'Followup to a migration command to switch the migration to postcopy mode. The postcopy-ram capability must be set on both source and destination before the original migration command .',
    run: async ({ execute }) => await execute('migrate-start-postcopy'),
  }),
  command({
    name: 'migrate_recover',
    usage: 'uri',
    help: 'Continue a paused incoming postcopy migration',
    parameters: { uri: word },
    run: async ({ execute }, args) => await execute('migrate-recover', args),
  }),
  command({
    name: 'migrate_pause',
    help: 'Pause an ongoing migration (postcopy-only)',
    run: async ({ execute }) => await execute('migrate-pause'),
  }),
] as const;
