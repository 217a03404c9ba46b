/**
 * What a command line asks for, as one value. It says what was asked, checked as far as the command line alone can
 * tell; whether the machine, the devices and the backends can do it is theirs to say, and they report
 * failures with the `location` kept here, as QEMU does (`qemu-system-ppc64: -device foo: message`).
 */

import type { JsonObject } from '../base/json.ts';
import type { KeyvalObject, KeyvalValue } from '../base/keyval.ts';
import type { OptionEntry } from '../base/option-syntax.ts';
import type { DefaultPart } from '../machine/board.ts';
import type { MemoryRequest } from '../machine/memory-size.ts';
import type { NumaOption } from '../machine/numa.ts';
import type { SmpRequest } from '../machine/topology.ts';
import type { ReportStyle } from './report.ts';
import type { Target } from './target.ts';

export interface Configuration {
  /** The program's name as it was called, without directories; begins every line on stderr. */
  readonly program: string;
  readonly target: Target;
  readonly reportStyle: ReportStyle;

  readonly machine: MachineRequest;
  readonly accelerators: AcceleratorRequest;
  readonly cpu: CpuRequest | undefined;
  readonly memory: MemoryRequest;
  readonly smp: SmpRequest;
  readonly numa: readonly NumaRequest[];
  readonly firmware: FirmwareRequest;

  readonly name: string | undefined;
  /** In lower case, with dashes. */
  readonly uuid: string | undefined;

  /** `-S`: the guest does not run until `cont`. */
  readonly paused: boolean;
  /** `-preconfig`: the machine is not built before `x-exit-preconfig`. */
  readonly preconfig: boolean;
  /** `-incoming`: where a machine would come from, by no protocol that there is. */
  readonly incoming: { readonly text: string; readonly location: string | undefined } | undefined;
  /** `-loadvm`: the name of a snapshot. */
  readonly savedState: string | undefined;
  /** `-only-migratable`: devices whose state cannot be saved are refused. */
  readonly onlyMigratable: boolean;
  /** `-icount` */
  readonly countsInstructions: boolean;
  /** `-chroot`: a folder that is not there. */
  readonly root: string | undefined;
  readonly actions: RunStateActions;
  readonly rtc: RtcRequest;

  /** What is left to the board: nothing with `-nodefaults`, and nothing that the command line speaks of itself. */
  readonly defaultParts: ReadonlySet<DefaultPart>;
  /** Whether the board has what boards have by default, as far as nothing else is said. */
  readonly defaultDevices: boolean;
  /** `-vga`: the name of a display adapter, `none`, or undefined for the machine's own choice. */
  readonly vga: string | undefined;
  /** Whether the user brings a display adapter, which takes the place of the board's. */
  readonly bringsDisplay: boolean;
  /** In the order of creation: those written as `key=value` come before those written as JSON. */
  readonly devices: readonly DeviceRequest[];
  readonly globals: readonly GlobalProperty[];
  /** `-fw_cfg`: items for firmware. */
  readonly firmwareItems: readonly OptionsForm[];
  readonly objects: readonly ObjectRequest[];
  readonly netdevs: readonly NetdevRequest[];
  /** `-nic`, to be created after `netdevs`: a backend, and an adapter that the board makes. */
  readonly nics: readonly OptionsForm[];
  /** `-net`, then: an adapter or a backend at the hub 0. */
  readonly nets: readonly OptionsForm[];
  /** `-usbdevice`: names of devices for the board's USB controller. */
  readonly usbDevices: readonly { readonly text: string; readonly location: string | undefined }[];
  /** `-blockdev`, to be created before `drives`. */
  readonly blockdevs: readonly BlockdevRequest[];
  readonly drives: readonly DriveRequest[];
  /** `-audiodev`: ids of backends that are silent. */
  readonly audiodevs: readonly string[];
  /** Descriptor numbers handed over with `-add-fd`. */
  readonly fdSets: readonly FdSetRequest[];

  readonly chardevs: readonly ChardevRequest[];
  readonly monitors: readonly MonitorRequest[];
  /** The machine's serial ports, in order. */
  readonly serials: readonly PortRequest[];
  readonly parallels: readonly PortRequest[];
  readonly qtest: QtestRequest | undefined;

  readonly process: ProcessRequest;
  readonly traces: readonly TraceRequest[];

  /** `-host`: the inventory of the simulated host; undefined for the built-in one. */
  readonly hostFile: string | undefined;
  readonly guest: GuestRequest | undefined;
  readonly clock: 'real' | 'virtual';
}

export interface MachineRequest {
  /** Undefined for the target's default machine. */
  readonly type: string | undefined;
  /** Each once, with dashes in place of underscores, in the order in which QEMU sets them. */
  readonly properties: readonly (readonly [name: string, value: KeyvalValue])[];
}

/** Accelerators in order of preference; the first usable one is taken. */
export interface AcceleratorRequest {
  /** Where the list comes from; one that was not asked for falls back without a word. */
  readonly origin: 'default' | 'machine' | 'accel';
  readonly choices: readonly {
    readonly name: string;
    readonly properties: readonly OptionEntry[];
    readonly location: string | undefined;
  }[];
}

export interface CpuRequest {
  readonly model: string;
  /** `-cpu model,features`: the text behind the comma; each architecture has its own syntax. */
  readonly features: string;
}

export interface NumaRequest {
  readonly option: NumaOption;
  readonly location: string | undefined;
}

/** What the guest would be started with. Nothing is loaded: there is no processor. */
export interface FirmwareRequest {
  readonly firmware: string | undefined;
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly append: string | undefined;
  readonly dtb: string | undefined;
  readonly boot: BootRequest;
}

export interface BootRequest {
  readonly order?: string;
  readonly once?: string;
  readonly menu?: boolean;
  readonly splash?: string;
  /** Milliseconds. */
  readonly splashTime?: bigint;
  /** Milliseconds, -1 for never. */
  readonly rebootTimeout?: bigint;
  readonly strict?: boolean;
}

export interface RunStateActions {
  readonly reboot: 'reset' | 'shutdown';
  readonly shutdown: 'poweroff' | 'pause';
  readonly panic: 'shutdown' | 'pause' | 'exit-failure' | 'none';
  readonly watchdog: 'reset' | 'shutdown' | 'poweroff' | 'pause' | 'debug' | 'none' | 'inject-nmi';
}

export interface RtcRequest {
  /** A start date is in milliseconds since 1970, UTC. */
  readonly base: 'utc' | 'localtime' | number;
  readonly clock: 'host' | 'rt' | 'vm';
  readonly driftFix: 'none' | 'slew';
}

/** Written as `driver,key=value`: every value is text, to be read as its property's type. */
export interface OptionsForm {
  readonly form: 'options';
  readonly id: string | undefined;
  /** In the order given, repetitions included (the last one counts), the implied key filled in, without `id`. */
  readonly entries: readonly OptionEntry[];
  readonly location: string | undefined;
}

/** Written as JSON: values have their types, `id` is a member. */
export interface JsonForm {
  readonly form: 'json';
  readonly value: JsonObject;
  readonly location: string | undefined;
}

/** Written as `key=value` with dots: a tree whose leaves are text. */
export interface KeyvalForm {
  readonly form: 'keyval';
  readonly value: KeyvalObject;
  readonly location: string | undefined;
}

/** The implied key is `driver`. */
export type DeviceRequest = OptionsForm | JsonForm;
/** The implied key is `qom-type`. */
export type ObjectRequest = OptionsForm | JsonForm;
/** The implied key is `type`. */
export type NetdevRequest = OptionsForm | KeyvalForm | JsonForm;
/** There is no implied key; the shorthands (`-hda`, `-cdrom`, …, or a bare file name) are filled in. */
export type DriveRequest = OptionsForm;
/** The implied key is `driver`. */
export type BlockdevRequest = KeyvalForm | JsonForm;

export interface GlobalProperty {
  readonly driver: string;
  readonly property: string;
  readonly value: string;
}

export interface FdSetRequest {
  readonly fd: number;
  readonly set: number;
  readonly opaque: string | undefined;
}

/** A character device to be made; names and types of the options have passed the checks of `-chardev`. */
export interface ChardevRequest {
  readonly id: string;
  readonly backend: string;
  /** By name, `backend` among them, without `id`; of an option given several times the last value. */
  readonly options: Readonly<Record<string, string>>;
  readonly location: string | undefined;
}

export interface MonitorRequest {
  readonly kind: 'qmp' | 'hmp';
  readonly id: string | undefined;
  /** The id of one of `chardevs`. */
  readonly chardev: string;
  readonly pretty: boolean;
  readonly location: string | undefined;
}

/** What a serial or parallel port is connected to. */
export type PortRequest =
  | { readonly kind: 'none' }
  /** One of `chardevs`. */
  | { readonly kind: 'chardev'; readonly chardev: string; readonly location: string | undefined }
  /** A character device of its own (`serial0`, …), with a human monitor on it after `mon:`. */
  | {
      readonly kind: 'own';
      readonly chardev: ChardevRequest;
      readonly monitor: boolean;
      /** What is said if it cannot be had. */
      readonly complaint: string;
      /** Whether it was not asked for: boards without such ports go without. */
      readonly isDefault: boolean;
    };

export interface QtestRequest {
  /** One of its own, or the id of one of `chardevs`. */
  readonly chardev: ChardevRequest | string;
  /** What is said if it cannot be had. */
  readonly complaint: string;
  /** `-qtest-log`: a file or `none`; stderr by default. */
  readonly log: string | undefined;
}

export interface ProcessRequest {
  readonly pidFile: string | undefined;
  readonly daemonize: boolean;
  /** `-runas`: a user name, or numbers. */
  readonly runAs: string | { readonly uid: number; readonly gid: number } | undefined;
  /** `-D`: the file that takes what would go to stderr of the logs of `-d`. */
  readonly logFile: string | undefined;
  readonly logItems: readonly string[];
}

/** `-trace`: a pattern of event names, or a file with patterns; `file` takes the output. */
export interface TraceRequest {
  readonly pattern: string | undefined;
  readonly events: string | undefined;
  readonly file: string | undefined;
  readonly location: string | undefined;
}

export interface GuestRequest {
  readonly model: string;
  readonly properties: readonly OptionEntry[];
  readonly location: string | undefined;
}
