import { askBoth } from '../differential/side-by-side.ts';

describe('interrupts of a PC that does not run, beside QEMU', function () {
  this.timeout(30_000);

  for (const machine of ['pc', 'q35,pit=off', 'pc,hpet=off'])
    it(`come from the timers (${machine})`, async function () {
      const args = ['-M', machine, '-nodefaults'];
      await askBoth(this, { target: 'x86_64', args }, ['info irq', 'system_reset', ['x-query-irq']]);
    });
});
