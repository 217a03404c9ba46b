import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';

/** About what neither machine has: remote displays, a recording, limits of dirty memory, a migration. */
const LINES = [
  ...['announce_self', 'announce_self a,b x', 'replay_break', 'replay_break 1', 'replay_delete_break'],
  ...['replay_seek 1', 'set_password vnc', 'set_password vnc x', 'set_password vnc x fail'],
  ...['set_password vnc x -d d', 'set_password vnc -d d x', 'set_password vnc x foo', 'set_password foo x'],
  ...['set_password spice x keep', 'expire_password vnc now -d d', 'expire_password spice never'],
  ...['expire_password foo now', 'client_migrate_info spice h', 'client_migrate_info vnc h 1 2 c'],
  ...['calc_dirty_rate', 'calc_dirty_rate 0', 'calc_dirty_rate 70', 'calc_dirty_rate 1 1'],
  ...['calc_dirty_rate -x 1', 'set_vcpu_dirty_limit', 'set_vcpu_dirty_limit 5 9', 'info dirty_rate'],
  ...['cancel_vcpu_dirty_limit x', 'cancel_vcpu_dirty_limit 9', 'info vcpu_dirty_limit'],
  ...['pmemsave 0', 'pmemsave 0 1 "/nosuch/x"', 'memsave 0x10000000000 16 "/dev/null"'],
  ...['migrate_cancel', 'migrate_pause', 'migrate_recover', 'migrate_recover x', 'migrate_continue none'],
  ...['migrate_continue device', 'migrate_continue x', 'migrate_start_postcopy', 'help migrate_continue'],
  ...[
    'help migrate_start_postcopy',
    'help migrate_recover',
    'help calc_dirty_rate',
    'help memsave',
    'help set_password',
    'help replay_seek',
    'help announce_self',
  ],
];

for (const target of ['ppc64', 'x86_64'] as const) {
  it(`what a machine does not have is refused as by QEMU (${target})`, async function () {
    requireQemu(this, target);
    const both = await BesideQemu.start(target, ['-accel', 'tcg', '-S']);
    try {
      for (const line of LINES) await both.sameText(line);
      await both.sameReply('migrate-continue', { state: 'active' });
      const capabilities = [{ capability: 'postcopy-ram', state: true }] as const;
      await both.sameReply('migrate-set-capabilities', { capabilities });
      await both.sameReply('migrate-start-postcopy');
      await both.sameReply('query-vcpu-dirty-limit');
      await both.sameReply('set-vcpu-dirty-limit', { 'dirty-rate': 5 });
      await both.sameReply('cancel-vcpu-dirty-limit', { 'cpu-index': 99 });
      await both.sameReply('announce-self', { initial: 50, max: 550, rounds: 5, step: 50 });
      await both.sameReply('change-vnc-password', { password: 'x' });
      for (const certificates of [true, false])
        await both.sameReply('display-reload', { type: 'vnc', 'tls-certs': certificates });
      for (const time of [0, 61, -1]) await both.sameReply('calc-dirty-rate', { 'calc-time': time });
      await both.sameReply('calc-dirty-rate', { 'calc-time': 1, 'sample-pages': 16385 });
    } finally {
      await both.stop();
    }
  });
}
