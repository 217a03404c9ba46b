import { QmpError } from '../../base/errors.ts';
import { command } from '../command.ts';
import { onOff, word } from '../parameters.ts';

/** What a migration would be like. */
export const MIGRATION_COMMANDS = [
  command({
    name: 'migrate_set_capability',
    usage: 'capability state',
    help: 'Enable/Disable the usage of a capability for migration',
    parameters: { name: word, state: onOff },
    run: async ({ execute }, { name, state }) => {
      const known = await execute('query-migrate-capabilities');
      const found = known.find(({ capability }) => capability === name);
      if (found === undefined) throw new QmpError(`invalid parameter value: ${name}`);
      await execute('migrate-set-capabilities', { capabilities: [{ capability: found.capability, state }] });
    },
  }),
] as const;
