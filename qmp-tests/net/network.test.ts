import type { Netdev } from '../../src/generated/types.ts';
import { askBoth, type Question } from '../differential/side-by-side.ts';

const MACHINE = ['-M', 'pseries', '-nodefaults', '-chardev', 'null,id=c0'];

/** Options, right or wrong in the eyes of a type checker. */
type Options = Partial<Netdev> | Readonly<Record<string, unknown>>;

const add = (options: Options): Question => ['netdev_add', options];
const inet = (host: string, port: string) => ({ type: 'inet', host, port });

/** Good and bad ways to add a backend, by what they are about. Where one is good, its name is another each time. */
const BACKENDS: Readonly<Record<string, readonly Options[]>> = {
  'names and kinds': [
    { type: 'user', id: 'u' },
    { type: 'user', id: 'u' },
    { type: 'user', id: '1u' },
    { type: 'user', id: '' },
    { type: 'user', id: 5 },
    { type: 'user' },
    { id: 'x' },
    { type: 1, id: 'x' },
    ...['nosuch', 'none', 'nic', 'vde', 'bridge', 'vmnet-host'].map(type => ({ type, id: 'x' })),
    { type: 'netmap', id: 'x', ifname: 'y' },
    { type: 'bridge', id: 'x', br: 'nosuch', helper: '/nosuch' },
  ],
  'networks of the emulator': [
    { type: 'user', id: 'a', net: '10.0.3.0/24' },
    { type: 'user', id: 'b', net: '10.0.3.0/255.255.0.0', restrict: true },
    ...['10.0.3.0/33', 'zz', '10.0.3.0/zz'].map(net => ({ type: 'user', id: 'x', net })),
    ...['1.2.3.4', 'zz'].map(host => ({ type: 'user', id: 'x', host })),
    { type: 'user', id: 'x', dhcpstart: '10.0.2.2' },
    { type: 'user', id: 'x', dns: '10.0.2.2' },
    { type: 'user', id: 'x', ipv4: false, ipv6: false },
    { type: 'user', id: 'x', 'ipv6-prefixlen': 200 },
    { type: 'user', id: 'x', 'ipv6-prefix': 'zz' },
    { type: 'user', id: 'x', hostfwd: [{ str: 'bad' }] },
    { type: 'user', id: 'x', hostfwd: ['bad'] },
    { type: 'user', id: 'x', guestfwd: [{ str: 'zz' }] },
    { type: 'user', id: 'c', guestfwd: [{ str: 'tcp:10.0.2.100:80-cmd:true' }] },
    { type: 'user', id: 'x', smb: '/tmp' },
    { type: 'user', id: 'x', foo: 1 },
    { type: 'user', id: 'x', restrict: 'on' },
  ],
  'interfaces of the host': [
    ...['x', '99', '9x'].map(fd => ({ type: 'tap', id: 'x', fd })),
    { type: 'tap', id: 'x', fd: '99', ifname: 'z' },
    { type: 'tap', id: 'x', helper: '/nosuch', ifname: 'z' },
    { type: 'tap', id: 'x', vhostfds: '98' },
  ],
  sockets: [
    { type: 'socket', id: 'x' },
    { type: 'socket', id: 'x', listen: ':0', connect: 'x:1' },
    { type: 'socket', id: 'x', listen: 'zz' },
    { type: 'socket', id: 'x', udp: '127.0.0.1:1' },
    { type: 'socket', id: 'x', mcast: '1.2.3.4:5' },
    { type: 'socket', id: 'x', fd: 'x' },
    { type: 'socket', id: 'x', fd: '99' },
    { type: 'socket', id: 'a', listen: '127.0.0.1:0' },
    { type: 'socket', id: 'b', udp: '127.0.0.1:1', localaddr: '127.0.0.1:0' },
  ],
  'streams and datagrams': [
    { type: 'stream', id: 'x' },
    { type: 'stream', id: 'x', addr: { type: 'bad' } },
    { type: 'stream', id: 'a', addr: inet('127.0.0.1', '0'), server: true },
    { type: 'dgram', id: 'x' },
    { type: 'dgram', id: 'x', local: inet('127.0.0.1', '0') },
    { type: 'dgram', id: 'x', local: inet('127.0.0.1', '0'), remote: { type: 'unix', path: 'x' } },
    { type: 'dgram', id: 'b', local: inet('127.0.0.1', '0'), remote: inet('127.0.0.1', '1') },
  ],
  'other kinds': [
    { type: 'hubport', id: 'x' },
    { type: 'hubport', id: 'x', hubid: -1 },
    { type: 'hubport', id: 'x', hubid: 1, netdev: 'nosuch' },
    { type: 'l2tpv3', id: 'x' },
    { type: 'l2tpv3', id: 'x', src: '127.0.0.1', dst: '127.0.0.1', udp: true, txsession: 1 },
    { type: 'vhost-user', id: 'x' },
    { type: 'vhost-user', id: 'x', chardev: 'nosuch' },
    { type: 'vhost-user', id: 'x', chardev: 'c0' },
    { type: 'vhost-user', id: 'x', chardev: 'compat_monitor0' },
    { type: 'vhost-vdpa', id: 'x' },
    { type: 'vhost-vdpa', id: 'x', vhostdev: '/nosuch' },
    { type: 'vhost-vdpa', id: 'x', vhostdev: '/dev/null' },
    { type: 'vhost-vdpa', id: 'x', vhostfd: 'zz' },
    { type: 'vhost-vdpa', id: 'x', vhostfd: '77' },
    { type: 'vhost-vdpa', id: 'x', vhostfd: '7', vhostdev: 'x' },
  ],
};

describe('the network', () => {
  for (const [what, options] of Object.entries(BACKENDS)) {
    it(`takes and refuses as QEMU does: ${what}`, async function () {
      await askBoth(this, { args: MACHINE }, [...options.map(add), 'info network']);
    });
  }

  it('commands need what they need', async function () {
    await askBoth(this, { args: MACHINE }, [
      ['netdev_add'],
      ['netdev_del'],
      ['netdev_del', { id: 'nosuch' }],
      ['netdev_del', { id: '' }],
      ['netdev_del', { id: 1 }],
      ['set_link', { name: 'nosuch', up: true }],
      ['set_link', { name: 'u' }],
      ['set_link', { name: 'u', up: 'on' }],
      ['query-rx-filter', { name: 1 }],
      ['query-rx-filter', { name: 'nosuch' }],
      ['query-rx-filter'],
    ]);
  });

  it('shows who is connected to whom while backends and adapters come and go', async function () {
    const args = [
      ...MACHINE,
      ...['-netdev', 'user,id=u', '-netdev', 'user,id=v', '-device', 'virtio-net-pci,netdev=u,id=n'],
      ...['-device', 'e1000,id=lonely', '-device', 'e1000'],
    ];
    await askBoth(this, { args }, [
      'info network',
      ['device_add', { driver: 'e1000', netdev: 'u', id: 'second' }],
      ['netdev_del', { id: 'u' }],
      'info network',
      ['qom-get', { path: 'n', property: 'netdev' }],
      ['qom-set', { path: 'n', property: 'netdev', value: 'v' }],
      ['set_link', { name: 'n', up: true }],
      ['set_link', { name: 'u', up: true }],
      ['set_link', { name: 'v', up: false }],
      ['set_link', { name: 'lonely', up: false }],
      add({ type: 'user', id: 'u' }),
      ['device_add', { driver: 'rtl8139', netdev: 'u', id: 'second' }],
      ['device_add', { driver: 'rtl8139', netdev: 'nosuch' }],
      'info network',
      ['device_del', { id: 'second' }],
      'info network',
      ['device_add', { driver: 'rtl8139', netdev: 'u', id: 'third' }],
      ['netdev_del', { id: 'lonely' }],
      ['netdev_del', { id: 'n' }],
      ['query-rx-filter', { name: 'n' }],
      ['query-rx-filter', { name: 'v' }],
      ['query-rx-filter', { name: 'third' }],
      ['system_reset'],
      ['netdev_del', { id: 'u' }],
      'info network',
    ]);
  });

  it('has hubs, which outlast their ports', async function () {
    const args = [
      ...MACHINE,
      ...[
        '-netdev',
        'user,id=u',
        '-netdev',
        'user,id=v',
        '-netdev',
        'hubport,hubid=1,id=h1',
        '-netdev',
        'hubport,hubid=1,id=h2,netdev=u',
      ],
      ...['-device', 'e1000,netdev=h1,id=e'],
    ];
    await askBoth(this, { args }, [
      'info network',
      add({ type: 'hubport', id: 'h3', hubid: 7, netdev: 'v' }),
      add({ type: 'hubport', id: 'h4', hubid: 7 }),
      'info network',
      ['query-rx-filter', { name: 'h2' }],
      ['netdev_del', { id: 'u' }],
      ['netdev_del', { id: 'h1' }],
      ['netdev_del', { id: 'h3' }],
      'info network',
      ['netdev_del', { id: 'h4' }],
      ['device_del', { id: 'e' }],
      ['system_reset'],
      'info network',
    ]);
  });

  it('has filters between backend and adapter', async function () {
    const filter = (type: string, id: string, more: object): Question => [
      'object-add',
      { 'qom-type': type, id, netdev: 'u', ...more },
    ];
    const chardevs = [
      '-chardev',
      'null,id=c1',
      '-chardev',
      'null,id=c2',
      '-netdev',
      'user,id=u',
      '-netdev',
      'user,id=v',
    ];
    await askBoth(this, { args: [...MACHINE, ...chardevs, '-device', 'e1000,netdev=u'] }, [
      filter('filter-mirror', 'm', { outdev: 'c0' }),
      filter('filter-redirector', 'r', { outdev: 'c1', indev: 'c2', position: 'head' }),
      filter('filter-rewriter', 'w', { vnet_hdr_support: true }),
      filter('filter-buffer', 'b', { interval: 5, position: 'id=r', insert: 'before' }),
      filter('filter-dump', 'd', { file: 'packets' }),
      filter('filter-replay', 'p', { netdev: 'nosuch' }),
      'info network',
      ['qom-set', { path: '/objects/b', property: 'status', value: 'off' }],
      ['object-del', { id: 'r' }],
      'info network',
      filter('filter-buffer', 'x', { interval: 5, position: 'id=r' }),
      filter('filter-buffer', 'x', { interval: 5, position: 'id=b', netdev: 'v' }),
      filter('filter-buffer', 'x', { interval: 5, position: 'middle' }),
      ['netdev_del', { id: 'u' }],
      ['qom-list', { path: '/objects' }],
    ]);
  });
});
