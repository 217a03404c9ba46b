import { askBoth, type Question } from '../differential/side-by-side.ts';

const press = (...keys: readonly object[]): Question => ['send-key', { keys }];

describe('keys, beside QEMU', () => {
  it('can be pressed by number and by name', async function () {
    await askBoth(this, { args: ['-M', 'pseries', '-nodefaults'] }, [
      press({ type: 'number', data: 30 }),
      press({ type: 'qcode', data: 'ctrl' }, { type: 'qcode', data: 'a' }),
      press(),
      press({ type: 'qcode', data: 'nosuch' }),
      press({ type: 'number', data: 'a' }),
      press({ type: 'nosuch', data: 1 }),
      press({ data: 1 }),
      ['send-key', { keys: [{ type: 'number', data: -1 }], 'hold-time': -5 }],
      ['send-key'],
    ]);
  });
});
