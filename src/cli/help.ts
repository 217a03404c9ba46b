/** The texts behind `-help`, `-version` and the like, as far as they need no machine model. */

import type { HelpTopic } from './errors.ts';
import type { OptionListDefinition, ParameterType } from './option-list.ts';
import { MACHINE_PARAMETERS, OPTION_LISTS } from './option-lists.ts';
import { OPTIONS } from './options.ts';
import { LOG_ITEMS } from './process-options.ts';

export interface Version {
  /** The QEMU version whose behaviour this is, e.g. `7.2.22`. */
  readonly qemu: string;
  /** Our own name and version. */
  readonly package: string;
}

/** @returns undefined for topics that only the models know */
export function helpText(topic: HelpTopic, program: string, version: Version): string | undefined {
  switch (topic.about) {
    case 'options':
      return optionsText(program, version);
    case 'version':
      return versionText(version);
    case 'option-list':
      return optionListText(topic.name);
    case 'displays':
      return 'Available display backend types:\nnone\n';
    case 'data-directories':
      return '';
    case 'log-items':
      return `Log items (comma separated):\n${[...LOG_ITEMS, 'trace:PATTERN'].join('\n')}\n`;
    default:
      return undefined;
  }
}

// The first words are QEMU's: scripts look for them.
function versionText(version: Version): string {
  return `QEMU emulator version ${version.qemu} (${version.package})\nA simulator of its control plane; no guest code runs.\n`;
}

/** What the options that mean something here take, and what they do. Each begins a line: programs look for some. */
const SUMMARIES: readonly (readonly [
  heading: string,
  lines: readonly (readonly [usage: string, text: string])[],
])[] = [
  [
    'The simulation',
    [
      ['-host NAME|FILE', 'the simulated host: one that comes with the program, or an inventory (JSON)'],
      [
        '-guest MODEL[,unplug=accept|refuse|ignore][,delay-ms=N][,iommu=off|pass-through|translated]',
        'what the guest does: linux or none',
      ],
      ['-clock real|virtual', 'virtual time passes only with x-clock-step'],
    ],
  ],
  [
    'The machine',
    [
      ['-machine [type=]TYPE[,prop=value...]', "type and properties ('-machine help' lists types)"],
      ['-accel NAME[,prop=value...]', "kvm, tcg or qtest; several are tried in order ('-accel help')"],
      ['-enable-kvm', 'short for -machine accel=kvm'],
      ['-cpu MODEL[,prop=value...]', "processor model ('-cpu help')"],
      ['-m [size=]MEGS[,slots=N,maxmem=SIZE]', 'memory, and room for more'],
      ['-smp [cpus=]N[,maxcpus=N][,sockets=N][,cores=N][,threads=N]', 'processors'],
      ['-numa node|dist|cpu[,key=value...]', 'memory and processors by distance'],
      ['-device DRIVER[,prop=value...]', "adds a device ('-device help', '-device DRIVER,help')"],
      ["-device '{JSON}'", 'the same, with typed values'],
      ['-object TYPE,id=ID[,prop=value...]', "adds an object ('-object help')"],
      ['-global DRIVER.PROP=VALUE', "changes a property's default"],
      ['-set GROUP.ID.ARG=VALUE', 'changes an option given before'],
      ['-netdev TYPE,id=ID[,key=value...]', 'adds a network backend'],
      ['-netdev tap,id=ID[,fd=N][,fds=x:y:...:z][,vhost=on|off]...', 'one on a tap device'],
      ['-blockdev DRIVER,node-name=NAME[,read-only=on|off][,auto-read-only=on|off]...', 'adds a block node'],
      ['-nic TYPE[,model=MODEL][,mac=ADDRESS]...', 'adds a network adapter with its backend'],
      ['-net nic|TYPE[,key=value...]', 'adds an adapter or a backend at the hub 0'],
      ['-drive [file=FILE][,if=TYPE][,key=value...]', 'adds a drive where the board has such'],
      ['-hda FILE, -hdb FILE, -hdc FILE, -hdd FILE', 'short for -drive, as are -cdrom, -fda, -pflash, ...'],
      ['-nodefaults', 'only what is named, without what boards have by default'],
      ['-vga TYPE', 'display adapter'],
      ['-usb', 'adds a USB controller'],
      ['-usbdevice mouse|tablet|keyboard|wacom-tablet', 'the same, with something in it'],
      ['-name NAME', 'what the machine is called'],
      ['-uuid UUID', 'its number'],
      ['-display none', 'no display'],
      ['-boot, -kernel, -initrd, -append, -dtb, -bios', 'kept, and shown where QEMU shows them'],
      ['-rtc base=utc|localtime|DATE', "the guest's time of day"],
    ],
  ],
  [
    'Running',
    [
      ['-S', "paused until 'cont'"],
      ['-preconfig', "no machine until 'x-exit-preconfig'"],
      ['-only-migratable', 'no device whose state cannot be saved'],
      ['-no-reboot, -no-shutdown', 'stop at a reset, stay at a power-off'],
      ['-action EVENT=ACTION[,...]', 'what happens on reboot, shutdown, panic, watchdog'],
    ],
  ],
  [
    'Monitors',
    [
      ['-qmp DEV, -qmp-pretty DEV', 'QMP at unix:PATH,server=on,wait=off, tcp:HOST:PORT, stdio, ...'],
      ['-monitor DEV', 'the human monitor'],
      ['-chardev BACKEND,id=ID[,key=value...]', "a character device ('-chardev help')"],
      ['-mon [chardev=]ID[,mode=control|readline][,pretty=on|off]', 'a monitor on it'],
      ['-serial DEV, -parallel DEV', "the machine's ports"],
      ['-qtest DEV, -qtest-log FILE', 'the qtest protocol'],
    ],
  ],
  [
    'The process',
    [
      ['-daemonize', 'into the background once monitors listen'],
      ['-pidfile FILE', "writes the process's number"],
      ['-runas USER|UID:GID', 'changes the user once everything is open'],
      ['-add-fd fd=FD,set=SET[,opaque=TEXT]', 'hands over a descriptor'],
      ['-trace [enable=]PATTERN[,events=FILE][,file=FILE]', "traces ('-trace help')"],
      ['-d ITEM,..., -D FILE', 'log items (trace:PATTERN), and where they go'],
      ['-msg timestamp=on|off,guest-name=on|off', 'what begins each message'],
      ['-readconfig FILE', 'options from a file'],
      ['-help, -version', ''],
    ],
  ],
];

const USAGE_WIDTH = 34;

function optionsText(program: string, version: Version): string {
  const sections = SUMMARIES.map(([heading, lines]) => {
    const rows = lines.map(([usage, text]) => {
      const gap =
        usage.length < USAGE_WIDTH ? ' '.repeat(USAGE_WIDTH - usage.length) : `\n${' '.repeat(USAGE_WIDTH)}`;
      return `${text === '' ? usage : usage + gap + text}\n`;
    });
    return `\n${heading}:\n${rows.join('')}`;
  });
  const nominal = [...OPTIONS.values()].filter(
    rule => rule.note !== undefined && !rule.refuses && rule.targets.length > 0,
  );
  const names = nominal.map(rule => `-${rule.names[0]}`).join(' ');
  return [
    versionText(version),
    `usage: ${program} [options]\n`,
    ...sections,
    `\nTaken for compatibility, without effect:\n  -audiodev none -fw_cfg -icount -sandbox -overcommit -compat -seed -L\n  ${names}\n`,
  ].join('');
}

const TYPE_WORDS: Readonly<Record<ParameterType, string>> = {
  string: 'str',
  boolean: 'bool (on/off)',
  number: 'num',
  size: 'size',
};

function optionListText(name: string): string {
  const lists: Readonly<Record<string, OptionListDefinition>> = OPTION_LISTS;
  const machine: Readonly<Record<string, Readonly<Record<string, ParameterType>>>> = MACHINE_PARAMETERS;
  const parameters = machine[name] ?? lists[name]?.parameters ?? {};
  const rows = Object.entries(parameters)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([parameter, type]) => `  ${parameter}=<${TYPE_WORDS[type]}>\n`);
  return `${name} options:\n${rows.join('')}`;
}
