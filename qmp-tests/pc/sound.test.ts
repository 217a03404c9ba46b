import { askBoth, type Question } from '../differential/side-by-side.ts';

const backendOf = (id: string): Question => [
  'qom-get',
  { path: `/machine/peripheral/${id}`, property: 'audiodev' },
];

describe('sound, beside QEMU', () => {
  it('comes out of the backend that a device names, or of the first', async function () {
    const args = [
      '-M',
      'pc',
      '-nodefaults',
      '-audiodev',
      'none,id=a',
      '-audiodev',
      '{"id":"b","driver":"none"}',
    ];
    const devices = ['intel-hda,id=hda', 'hda-duplex,id=codec,audiodev=b', 'AC97,id=card'];
    await askBoth(
      this,
      { target: 'x86_64', args: [...args, ...devices.flatMap(device => ['-device', device])] },
      [
        backendOf('codec'),
        backendOf('card'),
        ['device_add', { driver: 'ES1370', id: 'other', audiodev: 'b' }],
        backendOf('other'),
        ['device_add', { driver: 'ES1370', id: 'none', audiodev: 'c' }],
      ],
    );
  });
});
