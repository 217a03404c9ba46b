import { command } from '../command.ts';
import { flag, int64, optional } from '../parameters.ts';

/** How fast the guest dirties memory, and may. */
export const DIRTY_MEMORY_COMMANDS = [
  command({
    name: 'calc_dirty_rate',
    usage: '[-r] [-b] second [sample_pages_per_GB]',
    help: 'start a round of guest dirty rate measurement (using -r to\n\t\t\t specify dirty ring as the method of calculation and\n\t\t\t -b to specify dirty bitmap as method of calculation)',
    parameters: { ring: flag('r'), bitmap: flag('b'), seconds: int64, pages: optional(int64) },
    run: async ({ execute, print }, { ring, bitmap, seconds, pages }) => {
      if (seconds === 0n) {
        print('Incorrect period length specified!\n');
        return;
      }
      if (ring && bitmap) {
        print('Either dirty ring or dirty bitmap can be specified!\n');
        return;
      }
      await execute('calc-dirty-rate', {
        'calc-time': seconds,
        ...(pages === undefined ? {} : { 'sample-pages': pages }),
        mode: bitmap ? 'dirty-bitmap' : ring ? 'dirty-ring' : 'page-sampling',
      });
      print(`Starting dirty rate measurement with period ${seconds} seconds\n`);
      print("[Please use 'info dirty_rate' to check results]\n");
    },
  }),
  command({
    name: 'set_vcpu_dirty_limit',
    usage: 'dirty_rate [cpu_index]',
    help: 'set dirty page rate limit, use cpu_index to set limit\n\t\t\t\t\t on a specified virtual cpu',
    parameters: { rate: int64, cpu: optional(int64) },
    run: async ({ execute }, { rate, cpu }) =>
      await execute('set-vcpu-dirty-limit', {
        'dirty-rate': BigInt.asUintN(64, rate),
        ...(cpu === undefined ? {} : { 'cpu-index': cpu }),
      }),
  }),
  command({
    name: 'cancel_vcpu_dirty_limit',
    usage: '[cpu_index]',
    help: 'cancel dirty page rate limit, use cpu_index to cancel\n\t\t\t\t\t limit on a specified virtual cpu',
    parameters: { cpu: optional(int64) },
    run: async ({ execute, print }, { cpu }) => {
      await execute('cancel-vcpu-dirty-limit', cpu === undefined ? {} : { 'cpu-index': cpu });
      print("[Please use 'info vcpu_dirty_limit' to query dirty limit for virtual CPU]\n");
    },
  }),
] as const;
