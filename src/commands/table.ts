import type { Commands, Documents } from '../generated/commands.ts';
import { documents } from '../generated/commands.ts';
import { validators as controlValidators } from '../generated/validators/control.js';
import { validators as runStateValidators } from '../generated/validators/run-state.js';
import type { CommandDocument, DeferredDocument, Validator } from '../qmp/dispatch.ts';
import type { CommandContext, CommandHandlers } from './context.ts';
import { controlCommands } from './control.ts';
import { runStateCommands } from './run-state.ts';

type AnyDocument = CommandDocument<CommandContext, Commands>;

/** A document whose commands are `Names`, each of them with a handler. */
interface Document<Names extends keyof Commands> {
  readonly handlers: CommandHandlers<Names>;
  readonly validators: { readonly [Name in Names]: Validator };
}

/** Documents that every conversation begins with. */
type Early = 'control' | 'run-state';
const EARLY: { readonly [Name in Early]: Document<Documents[Name]> } = {
  control: { handlers: controlCommands, validators: controlValidators },
  'run-state': { handlers: runStateCommands, validators: runStateValidators },
};

/** The others. A command that the schema has and these lack does not compile. */
const DEFERRED: {
  readonly [Name in Exclude<keyof Documents, Early>]: () => Promise<Document<Documents[Name]>>;
} = {
  acpi: () =>
    document(
      import('./acpi.ts').then(each => each.acpiCommands),
      import('../generated/validators/acpi.js'),
    ),
  block: () =>
    document(
      import('./block.ts').then(each => each.blockCommands),
      import('../generated/validators/block.js'),
    ),
  'block-core': () =>
    document(
      import('./block-core.ts').then(each => each.blockCoreCommands),
      import('../generated/validators/block-core.js'),
    ),
  char: () =>
    document(
      import('./char.ts').then(each => each.charCommands),
      import('../generated/validators/char.js'),
    ),
  dump: () =>
    document(
      import('./dump.ts').then(each => each.dumpCommands),
      import('../generated/validators/dump.js'),
    ),
  introspect: () =>
    document(
      import('./introspect.ts').then(each => each.introspectCommands),
      import('../generated/validators/introspect.js'),
    ),
  job: () =>
    document(
      import('./job.ts').then(each => each.jobCommands),
      import('../generated/validators/job.js'),
    ),
  machine: () =>
    document(
      import('./machine.ts').then(each => each.machineCommands),
      import('../generated/validators/machine.js'),
    ),
  'machine-target': () =>
    document(
      import('./machine-target.ts').then(each => each.machineTargetCommands),
      import('../generated/validators/machine-target.js'),
    ),
  migration: () =>
    document(
      import('./migration.ts').then(each => each.migrationCommands),
      import('../generated/validators/migration.js'),
    ),
  misc: () =>
    document(
      import('./misc.ts').then(each => each.miscCommands),
      import('../generated/validators/misc.js'),
    ),
  net: () =>
    document(
      import('./net.ts').then(each => each.netCommands),
      import('../generated/validators/net.js'),
    ),
  pci: () =>
    document(
      import('./pci.ts').then(each => each.pciCommands),
      import('../generated/validators/pci.js'),
    ),
  qdev: () =>
    document(
      import('./qdev.ts').then(each => each.qdevCommands),
      import('../generated/validators/qdev.js'),
    ),
  qom: () =>
    document(
      import('./qom.ts').then(each => each.qomCommands),
      import('../generated/validators/qom.js'),
    ),
  replay: () =>
    document(
      import('./replay.ts').then(each => each.replayCommands),
      import('../generated/validators/replay.js'),
    ),
  stats: () =>
    document(
      import('./stats.ts').then(each => each.statsCommands),
      import('../generated/validators/stats.js'),
    ),
  tpm: () =>
    document(
      import('./tpm.ts').then(each => each.tpmCommands),
      import('../generated/validators/tpm.js'),
    ),
  trace: () =>
    document(
      import('./trace.ts').then(each => each.traceCommands),
      import('../generated/validators/trace.js'),
    ),
  ui: () =>
    document(
      import('./ui.ts').then(each => each.uiCommands),
      import('../generated/validators/ui.js'),
    ),
  virtio: () =>
    document(
      import('./virtio.ts').then(each => each.virtioCommands),
      import('../generated/validators/virtio.js'),
    ),
  'x-clock': () =>
    document(
      import('./x-clock.ts').then(each => each.xClockCommands),
      import('../generated/validators/x-clock.js'),
    ),
  'x-guest': () =>
    document(
      import('./x-guest.ts').then(each => each.xGuestCommands),
      import('../generated/validators/x-guest.js'),
    ),
  'x-host': () =>
    document(
      import('./x-host.ts').then(each => each.xHostCommands),
      import('../generated/validators/x-host.js'),
    ),
  'x-spapr': () =>
    document(
      import('./x-spapr.ts').then(each => each.xSpaprCommands),
      import('../generated/validators/x-spapr.js'),
    ),
  'x-vfio': () =>
    document(
      import('./x-vfio.ts').then(each => each.xVfioCommands),
      import('../generated/validators/x-vfio.js'),
    ),
  yank: () =>
    document(
      import('./yank.ts').then(each => each.yankCommands),
      import('../generated/validators/yank.js'),
    ),
};

async function document<Names extends keyof Commands>(
  handlers: Promise<CommandHandlers<Names>>,
  validators: Promise<Pick<Document<Names>, 'validators'>>,
): Promise<Document<Names>> {
  return { handlers: await handlers, ...(await validators) };
}

export const EARLY_DOCUMENTS: readonly AnyDocument[] = Object.values(EARLY);

export const DEFERRED_DOCUMENTS: readonly DeferredDocument<CommandContext, Commands>[] = Object.entries(
  DEFERRED,
).map(([name, load]) => ({
  names: documents[name as keyof Documents],
  load: async ({ machine }) => {
    // What commands are about are objects and devices: from here on all types are known.
    await machine.system.types.complete();
    return await load();
  },
}));
