import { command } from '../command.ts';

/** Short facts about the machine as a whole. */
export const MACHINE_INFO = [
  command({
    name: 'status',
    help: 'show the current VM status (running|paused)',
    allowPreconfig: true,
    run: async ({ execute, print }) => {
      const { running, singlestep, status } = await execute('query-status');
      const mode = singlestep ? ' (single step mode)' : '';
      const reason = running || status === 'paused' ? '' : ` (${status})`;
      print(`VM status: ${running ? 'running' : 'paused'}${mode}${reason}\n`);
    },
  }),
  command({
    name: 'version',
    help: 'show the version of QEMU',
    allowPreconfig: true,
    run: async ({ execute, print }) => {
      const { qemu, package: ours } = await execute('query-version');
      print(`${qemu.major}.${qemu.minor}.${qemu.micro}${ours}\n`);
    },
  }),
  command({
    name: 'kvm',
    help: 'show KVM information',
    run: async ({ execute, print }) => {
      const { enabled, present } = await execute('query-kvm');
      print(`kvm support: ${present ? (enabled ? 'enabled' : 'disabled') : 'not compiled'}\n`);
    },
  }),
  command({
    name: 'name',
    help: 'show the current VM name',
    allowPreconfig: true,
    run: async ({ execute, print }) => {
      const { name } = await execute('query-name');
      if (name !== undefined) print(`${name}\n`);
    },
  }),
  command({
    name: 'uuid',
    help: 'show the current VM UUID',
    allowPreconfig: true,
    run: async ({ execute, print }) => print(`${(await execute('query-uuid')).UUID}\n`),
  }),
  command({
    name: 'cpus',
    help: 'show infos for each CPU',
    run: async ({ execute, state, print }) => {
      const cpus = await execute('query-cpus-fast');
      // The first one stands in for one that was unplugged.
      const current = cpus.find(cpu => cpu['cpu-index'] === state.cpu) ?? cpus[0];
      for (const cpu of cpus)
        print(`${cpu === current ? '*' : ' '} CPU #${cpu['cpu-index']}: thread_id=${cpu['thread-id']}\n`);
    },
  }),
  command({
    name: 'chardev',
    help: 'show the character devices',
    allowPreconfig: true,
    run: async ({ execute, print }) => {
      for (const { label, filename } of await execute('query-chardev'))
        print(`${label}: filename=${filename}\n`);
    },
  }),
  command({
    name: 'replay',
    help: 'show record/replay information',
    run: async ({ execute, print }) => {
      const { mode } = await execute('query-replay');
      if (mode === 'none') print('Record/replay is not active\n');
    },
  }),
  command({
    name: 'dump',
    help: 'Display the latest dump status',
    run: async ({ execute, print }) => print(`Status: ${(await execute('query-dump')).status}\n`),
  }),
  command({
    name: 'vm-generation-id',
    help: 'Show Virtual Machine Generation ID',
    run: async ({ execute, print }) => print(`${(await execute('query-vm-generation-id')).guid}\n`),
  }),
  command({
    name: 'virtio',
    help: 'List all available virtio devices',
    run: async ({ execute, print }) => {
      const devices = await execute('x-query-virtio');
      if (devices.length === 0) print('No VirtIO devices\n');
      for (const { path, name } of devices) print(`${path} [${name}]\n`);
    },
  }),
  command({
    name: 'history',
    help: 'show the command line history',
    allowPreconfig: true,
    run: ({ history, print }) => {
      for (const [index, line] of history.entries()) print(`${index}: '${line}'\n`);
    },
  }),
] as const;
