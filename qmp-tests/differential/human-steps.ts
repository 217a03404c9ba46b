import type { Random } from './random.ts';
import { type Habit, human, type Step } from './step.ts';

const INFO = [
  ...[
    'status',
    'version',
    'name',
    'uuid',
    'kvm',
    'pci',
    'qtree',
    'mtree',
    'qom-tree',
    'chardev',
    'nosuch',
    'network',
    'cpus',
    'block',
    'block -v',
    'block -n',
    'blockstats',
    'usb',
    'mice',
    'balloon',
    'migrate',
    'migrate_capabilities',
    'virtio',
  ],
  ...[
    'mtree -o',
    'mtree -D',
    'qom-tree /machine/peripheral',
    'qom-tree nosuch',
    'status x',
    'pci -x',
    'qtree x',
  ],
] as const;

const MORE_INFO = [
  ...[
    'block d0',
    'block b0',
    'block -n b0',
    'block -v d1',
    'block-jobs',
    'dump',
    'hotpluggable-cpus',
    'iothreads',
  ],
  ...[
    'irq',
    'memdev',
    'memory-devices',
    'memory_size_summary',
    'migrate_parameters',
    'mtree -f',
    'mtree -f -o',
  ],
  ...['numa', 'replay', 'spice', 'tpm', 'vcpu_dirty_limit', 'vm-generation-id', 'vnc', 'dirty_rate', 'usb x'],
  ...['network x', 'qom-tree d0', 'qom-tree /objects', 'trace-events vfio_listener_region_add_iommu'],
] as const;

/** Words that belong to each other, one of each list in turn; what is empty is left out. */
const PHRASES: readonly (readonly (readonly string[])[])[] = [
  [
    ['eject', 'eject -f'],
    ['d0', 'd1', 'b0', 'nosuch', ''],
  ],
  [
    ['change'],
    ['d0', 'd1', 'vnc', 'nosuch'],
    ['', '-f'],
    ['disk.raw', 'nosuch', 'password', ''],
    ['', 'raw', 'qcow2', 'nosuch'],
    ['', '', 'retain', 'read-only', 'x'],
  ],
  [
    ['drive_add 0', 'drive_add', 'drive_add -n 0', 'drive_add x'],
    ['if=none', 'driver=null-co', 'if=scsi', 'if=virtio', 'file=disk.raw', 'if=nosuch', 'x=y'],
    ['', ',id=b0', ',id=b1', ',node-name=b2', ',id=1x'],
    [
      '',
      ',file=disk.raw',
      ',file=disk.qcow2',
      ',format=raw',
      ',media=cdrom',
      ',readonly=on',
      ',index=0',
      ',cache=none',
    ],
  ],
  [['drive_del'], ['b0', 'b1', 'd0', 'none0', 'nosuch', '']],
  [['chardev-change'], ['c0', 'c1', 'nosuch', ''], ['null', 'ringbuf,size=16', 'nosuch', 'vc,id=x', '']],
  [['ringbuf_write'], ['c0', 'c1', 'nosuch', ''], ['hello', '"a b"', '""', 'x y']],
  [['chardev-send-break'], ['c0', 'nosuch', '']],
  [
    ['object_add'],
    [
      'memory-backend-ram',
      'iothread',
      'secret',
      'rng-builtin',
      'authz-simple',
      'throttle-group',
      'nosuch',
      '',
    ],
    ['', ',id=o0', ',id=o1', ',id=a b'],
    ['', ',size=1M', ',size=1.5M', ',size=x', ',data=abc', ',identity=x', ',poll-max-ns=5', ',x=y', ',help'],
  ],
  [
    ['netdev_add'],
    ['user', 'hubport', 'socket', 'stream', 'nosuch', 'help', ''],
    ['', ',id=n0', ',id=n1', ',id=1x'],
    ['', ',hubid=0', ',hubid=x', ',net=10.0.3.0/24', ',hostfwd=x', ',restrict=on', ',restrict=x', ',x=y'],
  ],
  [
    ['device_add'],
    ['e1000', 'virtio-blk-pci', 'usb-kbd', 'pci-bridge', 'pc-dimm', 'scsi-hd', 'virtio-net', 'nosuch'],
    ['', ',help', ',?', ',id=d0', ',id=d1', ',bus=x', ',id='],
    ['', '', ',drive=b0', ',mac=x', ',romfile=', ',addr=7', ',addr=1f.9', ',multifunction=maybe', ',x=y'],
  ],
  [
    ['set_password', 'expire_password'],
    ['vnc', 'spice', 'x', ''],
    ['now', 'secret', 'never', ''],
    ['', 'keep', 'x'],
  ],
  [['cpu'], ['0', '1', '9', 'x', '', '-1', '1+1']],
  [['trace-event'], ['vfio_listener_region_add_iommu', 'nosuch', ''], ['on', 'off', 'x', '']],
  [['watchdog_action'], ['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none', 'inject-nmi', 'x', '']],
  [
    ['getfd', 'closefd'],
    ['x', ''],
  ],
  [['migrate_set_capability'], ['xbzrle', 'events', 'multifd', 'compress', 'x', ''], ['on', 'off', 'x', '']],
  [['balloon'], ['1', '0', '-1', '1+1', '100M', 'x', '', '(2*3)', '99999999999999999999', '0x10']],
  [
    ['announce_self', 'replay_break', 'replay_delete_break', 'exit_preconfig', 'cancel_vcpu_dirty_limit'],
    ['', '1', 'x'],
  ],
];

/** Commands that a person types, right and wrong. */
const LINES = [
  ...[
    'help stop',
    'help nosuch',
    'stop',
    's',
    'c',
    'cont',
    'nmi',
    'nosuch',
    '',
    ' ',
    'stop x',
    '"',
    "'",
    '\\',
  ],
  ...['system_reset', 'system_powerdown', 'system_wakeup', 'inf', 'qom-list', 'qom-get x', 'info status\n'],
  ...['device_add', 'device_del', 'device_add e1000,help', 'device_add nosuch,help', 'watchdog_action none'],
  ...['watchdog_action x', 'chardev-remove c0', 'INFO status', 'help info status', 'ringbuf_read c0 4'],
  ...[
    'netdev_add user,id=hn',
    'netdev_add user,id=1x',
    'netdev_add socket,id=hs',
    'netdev_del hn',
    'set_link hn off',
  ],
  ...[
    'set_link hn',
    'object_add rng-random,id=hr',
    'object_add nosuch,id=x',
    'object_del hr',
    'object_del nosuch',
  ],
  ...['netdev_add', 'object_add', 'balloon 100', 'migrate_set_capability events on', 'closefd x'],
] as const;

/** Types into the human monitor. */
export class HumanHabit implements Habit {
  constructor(private readonly random: Random) {}

  next(): Step {
    const { random } = this;
    const choice = random.next();
    if (choice < 0.45) return human(`info ${random.pick(random.chance(0.6) ? INFO : MORE_INFO)}`);
    if (choice < 0.7) return human(random.pick(LINES));
    return human(this.#phrase());
  }

  #phrase(): string {
    const words = this.random.pick(PHRASES).map(choices => this.random.pick(choices));
    return words.reduce((line, word) =>
      word === '' || word.startsWith(',') ? line + word : `${line} ${word}`,
    );
  }
}
