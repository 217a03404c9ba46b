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
    return human(random.chance(0.6) ? `info ${random.pick(INFO)}` : random.pick(LINES));
  }
}
