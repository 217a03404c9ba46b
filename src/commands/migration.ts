import type { CommandHandlers } from './context.ts';

export const migrationCommands: CommandHandlers<
  | 'query-migrate'
  | 'query-migrate-capabilities'
  | 'migrate-set-capabilities'
  | 'query-migrate-parameters'
  | 'migrate-set-parameters'
  | 'query-colo-status'
  | 'query-dirty-rate'
> = {
  // There never was a migration.
  'query-migrate': ({ machine }) => {
    const reasons = [...machine.system.inService].flatMap(device => device.migrationBlocker ?? []).reverse();
    return reasons.length === 0 ? {} : { 'blocked-reasons': reasons };
  },
  'query-migrate-capabilities': ({ machine }) => machine.migration.capabilities,
  'migrate-set-capabilities': ({ machine }, { capabilities }) =>
    machine.migration.setCapabilities(capabilities),
  'query-migrate-parameters': ({ machine }) => machine.migration.parameters,
  'migrate-set-parameters': ({ machine }, parameters) => machine.migration.setParameters(parameters),
  'query-colo-status': () => ({ mode: 'none', 'last-mode': 'none', reason: 'none' }),
  'query-dirty-rate': () => ({
    status: 'unstarted',
    'start-time': 0,
    'calc-time': 0,
    'sample-pages': 0,
    mode: 'page-sampling',
  }),
};
