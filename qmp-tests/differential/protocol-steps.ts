import { junk } from './junk.ts';
import type { Random } from './random.ts';
import { command, type Habit, type Step } from './step.ts';
import { oddValue } from './values.ts';

const WEIGHTS = { run: 6, query: 12, arguments: 6, junk: 8 } as const;

/** Commands that change nothing but whether the guest runs, and what asks about it. */
const RUN = [
  'system_reset',
  'stop',
  'cont',
  'query-status',
  'system_powerdown',
  'system_wakeup',
  'inject-nmi',
] as const;

const QUERIES = [
  ...['query-pci', 'query-status', 'query-name', 'query-uuid', 'query-kvm', 'query-target', 'query-version'],
  ...['query-block', 'query-blockstats', 'query-named-block-nodes', 'query-jobs', 'query-chardev'],
  ...[
    'query-iothreads',
    'query-memdev',
    'query-memory-devices',
    'query-memory-size-summary',
    'query-cpus-fast',
  ],
  ...['query-hotpluggable-cpus', 'query-current-machine', 'query-rx-filter', 'query-balloon', 'query-mice'],
  ...['query-fdsets', 'query-tpm', 'query-migrate', 'query-migrate-capabilities', 'query-dump', 'query-yank'],
  ...['query-vnc', 'query-spice', 'query-replay', 'x-query-numa'],
  ...['x-query-virtio', 'query-acpi-ospm-status', 'query-vm-generation-id', 'query-display-options'],
] as const;

/** Commands and members that they have. */
const WITH_ARGUMENTS: readonly (readonly [command: string, member: string])[] = [
  ...(['path'] as const).map(member => ['qom-list', member] as const),
  ...(['path', 'property'] as const).map(member => ['qom-get', member] as const),
  ...[['qom-set', 'value'] as const, ['device_del', 'id'] as const, ['device_add', 'id'] as const],
  ...[['device-list-properties', 'typename'] as const, ['qom-list-properties', 'typename'] as const],
  ...[['query-status', 'x'] as const, ['nosuch', 'x'] as const, ['object-add', 'qom-type'] as const],
  ...[
    ['netdev_add', 'type'] as const,
    ['blockdev-add', 'driver'] as const,
    ['chardev-add', 'backend'] as const,
  ],
  ...[['set_link', 'up'] as const, ['balloon', 'value'] as const, ['set-action', 'reboot'] as const],
  ...[['query-blockstats', 'query-nodes'] as const, ['query-named-block-nodes', 'flat'] as const],
  ...[['human-monitor-command', 'command-line'] as const, ['human-monitor-command', 'cpu-index'] as const],
  ...[['query-rx-filter', 'name'] as const, ['watchdog-set-action', 'action'] as const],
  ...[['migrate-set-capabilities', 'capabilities'] as const, ['ringbuf-read', 'size'] as const],
];

/** Says what is wrong, asks what there is, and starts and stops the machine. */
export class ProtocolHabit implements Habit {
  constructor(private readonly random: Random) {}

  next(): Step {
    const { random } = this;
    switch (random.weighted(WEIGHTS)) {
      case 'run':
        return command(random.pick(RUN));
      case 'query':
        return command(random.pick(QUERIES));
      case 'arguments':
        return this.#wrongArguments();
      case 'junk':
        return { bytes: junk(random) };
    }
  }

  #wrongArguments(): Step {
    const { random } = this;
    const [name, member] = random.pick(WITH_ARGUMENTS);
    const args: Record<string, string> = {};
    if (random.chance(0.7)) args[member] = oddValue(random);
    if (random.chance(0.3)) args[random.pick(['x', 'id', 'path', 'value'])] = oddValue(random);
    return command(name, args);
  }
}
