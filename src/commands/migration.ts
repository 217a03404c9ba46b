import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';
import { spiceNotInUse } from './remote-display.ts';

export const migrationCommands: CommandHandlers<
  | 'query-migrate'
  | 'query-migrate-capabilities'
  | 'migrate-set-capabilities'
  | 'query-migrate-parameters'
  | 'migrate-set-parameters'
  | 'query-colo-status'
  | 'calc-dirty-rate'
  | 'query-dirty-rate'
  | 'set-vcpu-dirty-limit'
  | 'cancel-vcpu-dirty-limit'
  | 'query-vcpu-dirty-limit'
  | 'client_migrate_info'
  | 'migrate_cancel'
  | 'migrate-continue'
  | 'migrate-start-postcopy'
  | 'migrate-recover'
  | 'migrate-pause'
> = {
  // There never is a migration that could be stopped, or go on.
  migrate_cancel: () => {},
  'migrate-continue': (_, { state }) => {
    if (state !== 'none') throw new QmpError('Migration not in expected state: none');
  },
  'migrate-start-postcopy': ({ machine }) => {
    throw new QmpError(
      machine.migration.isEnabled('postcopy-ram')
        ? 'Postcopy must be started after migration has been started'
        : 'Enable postcopy with migrate_set_capability before the start of migration',
    );
  },
  'migrate-recover': () => {
    throw new QmpError('Migrate recover can only be run when postcopy is paused.');
  },
  'migrate-pause': () => {
    throw new QmpError('migrate-pause is currently only supported during postcopy-active state');
  },
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
  'calc-dirty-rate': ({ machine }, { 'calc-time': time, 'sample-pages': pages, mode }) =>
    machine.dirtyRate.measure(BigInt(time), pages === undefined ? undefined : BigInt(pages), mode),
  'query-dirty-rate': ({ machine }) => machine.dirtyRate.info,
  'set-vcpu-dirty-limit': () => {
    throw new QmpError(
      "dirty page limit feature requires KVM with accelerator property 'dirty-ring-size' set'",
    );
  },
  // There never is a limit.
  'cancel-vcpu-dirty-limit': () => {},
  'query-vcpu-dirty-limit': () => [],
  client_migrate_info: (_, { protocol }) => {
    if (protocol !== 'spice') throw new QmpError("Parameter 'protocol' expects 'spice'");
    throw spiceNotInUse();
  },
};
