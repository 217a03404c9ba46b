import { isHelpWord, lastValue } from '../base/option-syntax.ts';
import type {
  AcceleratorRequest,
  Configuration,
  CpuRequest,
  NetdevRequest,
  OptionsForm,
} from './configuration.ts';
import { broughtParts, readDefaultParts } from './default-parts.ts';
import type { Draft } from './draft.ts';
import { CliError, HelpRequested } from './errors.ts';
import { checkInstructionCount } from './icount-option.ts';
import { checkKernelOptions, splitMachineOptions } from './machine-options.ts';
import { addDefaultEndpoints, readChardevs, readEndpoints } from './monitors.ts';
import { NETDEV_TYPES } from './netdev-types.ts';
import { readNuma } from './numa.ts';
import type { ParsedOption } from './option-list.ts';
import { checkSandbox, readFdSets, readLogItems, readReportStyle, readTraces } from './process-options.ts';
import { readActions, readRtc } from './run-state.ts';

/**
 * Makes the configuration of everything the command line said. Errors come in QEMU's order, as far as the
 * command line alone can make them.
 *
 * @throws CliError, HelpRequested
 */
export function finish(draft: Draft): Configuration {
  checkKernelOptions(draft);
  checkSandbox(draft);
  checkInstructionCount(draft);
  checkPreconfig(draft);
  const actions = readActions(draft);
  const fdSets = readFdSets(draft);
  const log = readLogItems(draft);
  answerHelp(draft);
  const rtc = readRtc(draft);
  const defaultParts = readDefaultParts(draft);
  const ports = addDefaultEndpoints(draft, defaultParts);
  const chardevs = readChardevs(draft);
  const { machine, acceleratorList, acceleratorProperties, smp, memory, firmware } =
    splitMachineOptions(draft);
  const accelerators = readAccelerators(draft, acceleratorList, acceleratorProperties);
  const netdevs = [...draft.treeNetdevs, ...draft.list('netdev').options.map(readNetdev)];
  const endpoints = readEndpoints(draft, chardevs, ports);

  return {
    program: draft.program.name,
    target: draft.program.target,
    reportStyle: readReportStyle(draft),

    machine,
    accelerators,
    cpu: readCpu(draft.cpu),
    memory,
    smp,
    numa: draft.list('numa').options.map(readNuma),
    firmware,

    name: draft.list('name').value('guest'),
    uuid: draft.uuid,

    paused: draft.paused,
    preconfig: draft.preconfig,
    incoming: draft.incoming,
    savedState: draft.savedState,
    onlyMigratable: draft.onlyMigratable,
    countsInstructions: draft.list('icount').value('shift') !== undefined,
    root: draft.root,
    actions,
    rtc,

    defaultParts,
    defaultDevices: draft.defaultDevices,
    vga: draft.vga,
    bringsDisplay: broughtParts(draft).has('display'),
    devices: [...draft.list('device').options.map(optionsForm), ...draft.jsonDevices],
    globals: draft.globals,
    firmwareItems: draft.list('fw_cfg').options.map(optionsForm),
    objects: draft.objects.map(object => (object.form === 'json' ? object : optionsForm(object.option))),
    netdevs,
    nics: draft.list('nic').options.map(optionsForm),
    nets: defaultParts.has('network') ? DEFAULT_NETWORK : draft.list('net').options.map(optionsForm),
    usbDevices: draft.usbDevices,
    blockdevs: draft.blockdevs,
    audiodevs: draft.audiodevs,
    drives: draft.list('drive').options.map(optionsForm),
    fdSets,

    chardevs,
    ...endpoints,

    process: {
      pidFile: draft.pidFile,
      daemonize: draft.daemonize,
      runAs: draft.runAs,
      logFile: draft.logFile,
      logItems: log.items,
    },
    traces: readTraces(draft, log.traces),

    hostFile: draft.hostFile,
    guest: readGuest(draft),
    clock: draft.clock,
  };
}

/** An adapter, and a network of its own behind the emulator. */
const DEFAULT_NETWORK: readonly OptionsForm[] = ['nic', 'user'].map(value => ({
  form: 'options',
  id: undefined,
  entries: [{ name: 'type', value }],
  location: undefined,
}));

/** What cannot be combined with waiting for more. */
function checkPreconfig({ preconfig, incoming, savedState }: Draft): void {
  if (!preconfig) return;
  if (savedState !== undefined)
    throw CliError.at(undefined, "'preconfig' and 'loadvm' options are mutually exclusive");
  if (incoming !== undefined) throw CliError.at(undefined, "'preconfig' supports '-incoming defer' only");
}

/** Help that may be asked for with any machine type, also one that does not exist. */
function answerHelp(draft: Draft): void {
  if (draft.cpu !== undefined && isHelpWord(draft.cpu)) throw new HelpRequested({ about: 'cpus' });
  for (const { entries, location } of draft.list('device').options) {
    const type = lastValue(entries, 'driver');
    if (type === undefined) continue;
    if (isHelpWord(type)) throw new HelpRequested({ about: 'devices' });
    if (entries.some(entry => isHelpWord(entry.name)))
      throw new HelpRequested({ about: 'device', type, location });
  }
  if (draft.listDataDirectories) throw new HelpRequested({ about: 'data-directories' });
}

function readAccelerators(
  draft: Draft,
  fromMachine: string | undefined,
  kvmProperties: readonly (readonly [name: string, value: string])[],
): AcceleratorRequest {
  const { options } = draft.list('accel');
  if (options.length > 0 && fromMachine !== undefined) {
    throw CliError.at(undefined, 'The -accel and "-machine accel=" options are incompatible');
  }
  const shared = (name: string) =>
    name === 'kvm' ? kvmProperties.map(([property, value]) => ({ name: property, value })) : [];
  if (options.length > 0) {
    return {
      origin: 'accel',
      choices: options.map(({ entries, location }) => {
        const name = lastValue(entries, 'accel') ?? '';
        const properties = entries.filter(entry => entry.name !== 'accel');
        return { name, properties: [...shared(name), ...properties], location };
      }),
    };
  }
  const names = fromMachine === '' ? [] : (fromMachine?.split(':') ?? draft.program.defaultAccelerators);
  return {
    origin: fromMachine === undefined ? 'default' : 'machine',
    choices: names.map(name => ({ name, properties: shared(name), location: undefined })),
  };
}

function readCpu(text: string | undefined): CpuRequest | undefined {
  if (text === undefined) return undefined;
  if (text === '') throw CliError.at(undefined, '-cpu option cannot be empty');
  const [model = '', ...features] = text.split(',');
  return { model, features: features.join(',') };
}

function readNetdev(option: ParsedOption): NetdevRequest {
  const { id, entries, location } = option;
  const type = lastValue(entries, 'type');
  if (type !== undefined && isHelpWord(type)) throw new HelpRequested({ about: 'netdevs' });
  if (id === undefined) throw CliError.at(location, "Parameter 'id' is missing");
  if (type === undefined) throw CliError.at(location, "Parameter 'type' is missing");
  if (!NETDEV_TYPES.includes(type)) {
    throw CliError.at(location, `Parameter 'type' does not accept value '${type}'`);
  }
  return optionsForm(option);
}

function readGuest(draft: Draft): Configuration['guest'] {
  const option = draft.list('guest').options.at(-1);
  if (option === undefined) return undefined;
  const { entries, location } = option;
  const model = lastValue(entries, 'model');
  if (model === undefined) throw CliError.at(location, "Parameter 'model' is missing");
  return { model, properties: entries.filter(entry => entry.name !== 'model'), location };
}

function optionsForm({ id, entries, location }: ParsedOption): OptionsForm {
  return { form: 'options', id, entries, location };
}
