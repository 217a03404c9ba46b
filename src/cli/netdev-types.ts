/** The kinds of network backend. */
export const NETDEV_TYPES = [
  ...[
    'none',
    'nic',
    'user',
    'tap',
    'l2tpv3',
    'socket',
    'stream',
    'dgram',
    'vde',
    'bridge',
    'hubport',
    'netmap',
  ],
  ...['vhost-user', 'vhost-vdpa'],
];
