/**
 * Every option of QEMU 7.2 and ours, and what each does to the draft of the configuration.
 *
 * An option is in one of three groups, told apart by how it is written down here: those that mean something to the
 * simulated machine; `nominal` ones, taken and without effect for the reason given, because leaving them out would
 * change nothing a client can see; and `refused` ones, which a user would miss.
 */

import type { Draft } from './draft.ts';
import { CliError, HelpRequested } from './errors.ts';
import * as apply from './option-actions.ts';
import { addAudiodev, checkCompat, checkDisplay, checkVnc, chooseVga } from './presentation-options.ts';
import type { Target } from './target.ts';
import { refuseTpm } from './tpm-option.ts';

export interface OptionRule {
  /** Without the dash; the first is the one that help shows. */
  readonly names: readonly string[];
  readonly takesArgument: boolean;
  /** The targets that have it; on others it is refused in QEMU's words. */
  readonly targets: readonly Target[];
  /** Why it has no effect, or why it is refused. */
  readonly note?: string;
  readonly refuses?: true;
  apply(draft: Draft, argument: string, location: string): void;
}

type Action = (draft: Draft, argument: string, location: string) => void;

const PPC64: readonly Target[] = ['ppc64'];
const X86: readonly Target[] = ['x86_64'];
const NOWHERE: readonly Target[] = [];
const EVERYWHERE: readonly Target[] = ['ppc64', 'x86_64'];

const NO_SCREEN = 'nothing is ever shown';
const NO_GUEST_CODE = 'no guest instruction runs';
const NO_SOUND = 'there is no sound';
const NO_MIGRATION = 'machines cannot be saved or migrated';

const RULES: readonly OptionRule[] = [
  // Ours.
  option('host', (draft, file) => (draft.hostFile = file)),
  option('guest', (draft, text, location) => draft.list('guest').parse(text, location)),
  option('clock', apply.chooseClock),

  // The machine.
  option('machine M', apply.addMachine),
  option('accel', apply.addAccelerator),
  flag('enable-kvm', draft => draft.machine.set('accel', 'kvm')),
  option('cpu', (draft, text) => (draft.cpu = text)),
  option('m', (draft, text, location) => draft.list('memory').parse(text, location)),
  option('smp', (draft, text, location) => apply.addMachineBranch(draft, 'smp', text, location)),
  option('numa', (draft, text, location) => draft.list('numa').parse(text, location)),
  option('boot', (draft, text, location) => apply.addMachineBranch(draft, 'boot', text, location)),
  option('bios', (draft, file) => draft.machine.set('firmware', file)),
  option('kernel', (draft, file) => draft.machine.set('kernel', file)),
  option('initrd', (draft, file) => draft.machine.set('initrd', file)),
  option('append', (draft, text) => draft.machine.set('append', text)),
  option('dtb', (draft, file) => draft.machine.set('dtb', file)),
  flag('usb', draft => draft.machine.set('usb', 'on')),
  flag('no-acpi', draft => draft.machine.set('acpi', 'off'), X86),
  flag('no-hpet', draft => draft.machine.set('hpet', 'off'), X86),
  option('uuid', apply.setUuid),
  option('name', (draft, text, location) => draft.list('name').parse(text, location)),
  option('rtc', (draft, text, location) => draft.list('rtc').parse(text, location)),
  nominalOption('mem-path', 'guest memory has no contents'),
  nominal('mem-prealloc', 'guest memory has no contents'),
  nominalOption('prom-env', 'no firmware runs', PPC64),
  nominal('no-fd-bootchk', 'no firmware runs', X86),
  nominal('win2k-hack', 'no disk is ever full', X86),
  refusedOption('smbios', 'no firmware tables are made', X86),
  refusedOption('acpitable', 'no firmware tables are made', X86),
  option('fw_cfg', (draft, text, location) => draft.list('fw_cfg').parse(text, location)),
  refusedOption('option-rom', 'no firmware runs'),
  option('icount', (draft, text, location) => draft.list('icount').parse(text, location)),
  nominal('singlestep', NO_GUEST_CODE),
  option('seed', apply.checkSeed),

  // Running and stopping.
  flag('S', draft => (draft.paused = true)),
  flag('preconfig', draft => (draft.preconfig = true)),
  flag('no-reboot', draft => apply.setAction(draft, 'reboot', 'shutdown', undefined)),
  flag('no-shutdown', draft => apply.setAction(draft, 'shutdown', 'pause', undefined)),
  option('action', (draft, text, location) => draft.list('action').parse(text, location)),
  option('watchdog-action', (draft, text, location) => apply.setAction(draft, 'watchdog', text, location)),
  option('incoming', apply.setIncoming),
  option('loadvm', (draft, name) => (draft.savedState = name)),
  refusedOption('dump-vmstate', NO_MIGRATION),
  flag('only-migratable', draft => (draft.onlyMigratable = true)),

  // Devices and what is behind them.
  option('device', apply.addDevice),
  option('global', apply.addGlobal),
  option('set', apply.setParameter),
  option('object', apply.addObject),
  option('netdev', apply.addNetdev),
  option('nic', (draft, text, location) => apply.addNet(draft, 'nic', text, location)),
  option('net', (draft, text, location) => apply.addNet(draft, 'net', text, location)),
  option('blockdev', apply.addBlockdev),
  option('drive', (draft, text, location) => draft.list('drive').parse(text, location)),
  ...['hda', 'hdb', 'hdc', 'hdd'].map((name, index) =>
    option(name, (draft, file, location) => apply.addDrive(draft, { file, index, media: 'disk' }, location)),
  ),
  option('cdrom', (draft, file, location) =>
    apply.addDrive(draft, { file, index: 2, media: 'cdrom' }, location),
  ),
  ...['fda', 'fdb'].map((name, index) =>
    option(name, (draft, file, location) => apply.addDrive(draft, { file, index, if: 'floppy' }, location)),
  ),
  ...['mtd', 'sd', 'pflash'].map(kind =>
    option(kind === 'mtd' ? 'mtdblock' : kind, (draft, file, location) =>
      apply.addDrive(draft, { file, if: kind }, location),
    ),
  ),
  nominal('snapshot', 'no image is ever written to'),
  flag('nodefaults', draft => (draft.defaultDevices = false)),
  option('vga', chooseVga),
  option('usbdevice', apply.addUsbDevice),
  refusedOption('fsdev', 'there are no shared folders'),
  refusedOption('virtfs', 'there are no shared folders'),
  refusedOption('iscsi', 'there are no remote disks'),
  option('tpmdev', refuseTpm),
  option('audiodev', addAudiodev),
  refusedOption('audio', NO_SOUND),
  refused('audio-help', NO_SOUND),

  // Character devices and monitors.
  option('chardev', (draft, text, location) => draft.list('chardev').parse(text, location)),
  option('mon', (draft, text, location) => {
    draft.list('mon').parse(text, location);
    draft.defaultMonitor = false;
  }),
  option('qmp', (draft, text, location) => apply.addMonitor(draft, text, { mode: 'control', location })),
  option('qmp-pretty', (draft, text, location) =>
    apply.addMonitor(draft, text, { mode: 'control', pretty: true, location }),
  ),
  option('monitor', (draft, text, location) => {
    if (text.startsWith('none')) draft.defaultMonitor = false;
    else apply.addMonitor(draft, text, { mode: 'readline', location });
  }),
  option('serial', (draft, text, location) => apply.addPort(draft, draft.serials, { text, location })),
  option('parallel', (draft, text, location) => apply.addPort(draft, draft.parallels, { text, location })),
  option('qtest', (draft, text) => (draft.qtest = text)),
  option('qtest-log', (draft, file) => (draft.qtestLog = file)),
  refusedOption('debugcon', 'no firmware runs'),
  nominalOption('echr', 'a terminal monitor has no keys of its own'),

  // The screen.
  option('display', checkDisplay),
  flag('nographic', draft => (draft.nographic = true)),
  option('vnc', checkVnc),
  refusedOption('spice', NO_SCREEN),
  nominal('full-screen', NO_SCREEN),
  nominal('portrait', NO_SCREEN),
  nominalOption('rotate', NO_SCREEN),
  nominalOption('g', NO_SCREEN, PPC64),
  nominalOption('k', NO_SCREEN),

  // The process.
  option('pidfile', (draft, file) => (draft.pidFile = file)),
  flag('daemonize', draft => (draft.daemonize = true)),
  option('runas', apply.chooseUser),
  option('add-fd', (draft, text, location) => draft.list('add-fd').parse(text, location)),
  option('readconfig', apply.readConfiguration),
  nominal('no-user-config', 'there are no such files'),
  option('msg', (draft, text, location) => draft.list('msg').parse(text, location)),
  option('D', (draft, file) => (draft.logFile = file)),
  option('d', (draft, items) => (draft.logItems = items)),
  option('trace', apply.addTrace),
  option('sandbox', (draft, text, location) => draft.list('sandbox').parse(text, location)),
  // Locking guest memory or letting guests idle the processor: there is neither.
  option('overcommit', (draft, text, location) => draft.list('overcommit').parse(text, location)),
  option(
    'L',
    (draft, directory) => (draft.listDataDirectories ||= directory === 'help' || directory === '?'),
  ),
  option('compat', checkCompat),
  nominal('async-teardown', 'there is no memory worth tearing down apart'),
  nominal('enable-sync-profile', NO_GUEST_CODE),
  nominalOption('dfilter', NO_GUEST_CODE),
  option('chroot', apply.chooseRoot),
  refusedOption('gdb', NO_GUEST_CODE),
  refused('s', NO_GUEST_CODE),
  refusedOption('plugin', NO_GUEST_CODE),

  // Help.
  flag('help h', () => {
    throw new HelpRequested({ about: 'options' });
  }),
  flag('version', () => {
    throw new HelpRequested({ about: 'version' });
  }),

  // Options of other targets.
  ...['semihosting', 'old-param', 'xen-attach', 'xen-domid-restrict'].map(name => refused(name, '', NOWHERE)),
  ...['semihosting-config', 'xen-domid'].map(name => refusedOption(name, '', NOWHERE)),
];

/** The rules by name. */
export const OPTIONS: ReadonlyMap<string, OptionRule> = new Map(
  RULES.flatMap(rule => rule.names.map(name => [name, rule] as const)),
);

function option(names: string, action: Action, targets = EVERYWHERE): OptionRule {
  return { names: names.split(' '), takesArgument: true, targets, apply: action };
}

function flag(names: string, action: (draft: Draft) => void, targets = EVERYWHERE): OptionRule {
  return { names: names.split(' '), takesArgument: false, targets, apply: action };
}

function nominalOption(name: string, note: string, targets = EVERYWHERE): OptionRule {
  return { names: [name], takesArgument: true, targets, note, apply() {} };
}

function nominal(name: string, note: string, targets = EVERYWHERE): OptionRule {
  return { ...nominalOption(name, note, targets), takesArgument: false };
}

function refusedOption(name: string, note: string, targets = EVERYWHERE): OptionRule {
  return {
    ...nominalOption(name, note, targets),
    refuses: true,
    apply(_draft, _argument, location) {
      throw CliError.at(location, `this option is not simulated: ${note}`);
    },
  };
}

function refused(name: string, note: string, targets = EVERYWHERE): OptionRule {
  return { ...refusedOption(name, note, targets), takesArgument: false };
}
