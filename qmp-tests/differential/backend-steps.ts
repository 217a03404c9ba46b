import type { Random } from './random.ts';
import { command, type Habit, human, type Step, text } from './step.ts';
import { oddValue } from './values.ts';

const WEIGHTS = { object: 10, netdev: 8, block: 10, chardev: 8 } as const;

/** Ids of backends; each kind has its own world of ids, so that one set serves all. */
const NETDEVS = ['n0', 'n1', 'n2'] as const;
const NODES = ['b0', 'b1', 'b2', 'b3'] as const;
const CHARDEVS = ['c0', 'c1', 'c2'] as const;
const OBJECTS = ['o0', 'o1', 'o2', 'mem0'] as const;
const ODD_IDS = ['', '1x', 'a b', 'x.y', 'compat_monitor0', 'ppc_spapr.ram', 'nosuch'] as const;

/** Members, each with JSON texts that mean something there. */
type Members = Readonly<Record<string, readonly string[]>>;

const SIZES = ['4096', '65536', '1048576', '268435456', '0', '4097', '"4096"'] as const;

const OBJECT_TYPES: Readonly<Record<string, Members>> = {
  'memory-backend-ram': {
    size: SIZES,
    share: ['true', 'false'],
    merge: ['false'],
    dump: ['true'],
    prealloc: ['false'],
    policy: ['"default"', '"bind"', '"nosuch"'],
    'host-nodes': ['[0]', '[]', '[99]', '0'],
    reserve: ['true', 'false'],
  },
  'memory-backend-file': {
    size: SIZES,
    'mem-path': ['"memory.bin"', '"/nosuch/x"', '""'],
    share: ['true', 'false'],
    align: ['4096', '3'],
    readonly: ['false'],
  },
  'memory-backend-memfd': { size: SIZES, seal: ['true', 'false'], hugetlb: ['false'], share: ['false'] },
  iothread: {
    'poll-max-ns': ['0', '32768', '-1', '"7"'],
    'poll-grow': ['2'],
    'poll-shrink': ['-2', '2'],
    'aio-max-batch': ['1'],
    'thread-pool-min': ['0', '3', '-1'],
    'thread-pool-max': ['2', '64', '0'],
  },
  secret: {
    data: ['"abc"', '"YWJj"', '""', '"!!"'],
    format: ['"raw"', '"base64"', '"nosuch"'],
    file: ['"disk.raw"', '"/nosuch"'],
    keyid: ['"o0"', '"nosuch"'],
    iv: ['"AAAAAAAAAAAAAAAAAAAAAA=="', '""'],
  },
  'rng-random': { filename: ['"/dev/urandom"', '"/nosuch"', '""'] },
  'rng-builtin': {},
  'tls-creds-anon': {
    endpoint: ['"server"', '"client"', '"x"'],
    dir: ['"."', '"/nosuch"'],
    'verify-peer': ['true'],
  },
  'tls-creds-psk': { endpoint: ['"server"', '"client"'], dir: ['"."', '"/nosuch"', '""'], username: ['"u"'] },
  'tls-creds-x509': {
    endpoint: ['"server"', '"client"'],
    dir: ['"."', '"/nosuch"'],
    'sanity-check': ['false'],
  },
  'authz-simple': { identity: ['"x"', '""'] },
  'authz-list': {
    policy: ['"deny"', '"allow"', '"x"'],
    rules: [
      '[{"match":"x","policy":"allow"}]',
      '[{"match":"x"}]',
      '[]',
      '[{"match":"x","policy":"deny","format":"glob"}]',
    ],
  },
  'throttle-group': {
    limits: [
      '{"iops-total":100}',
      '{"bps-total":1000,"bps-read":5}',
      '{"iops-total-max":5}',
      '{}',
      '{"x":1}',
    ],
    'x-iops-total': ['5', '-1'],
  },
  'filter-buffer': {
    netdev: ['"n0"', '"n1"', '"nosuch"'],
    interval: ['1000', '0'],
    queue: ['"all"', '"rx"', '"x"'],
  },
  'filter-mirror': { netdev: ['"n0"', '"n1"'], outdev: ['"c0"', '"nosuch"'] },
  'can-bus': {},
  'cryptodev-backend-builtin': { queues: ['1', '0', '2'] },
  nosuch: { size: SIZES },
  'main-loop': { 'aio-max-batch': ['1'] },
};

const NETDEV_TYPES: Readonly<Record<string, Members>> = {
  user: {
    net: ['"10.0.3.0/24"', '"10.0.3.0/33"', '"x"'],
    host: ['"10.0.2.2"', '"1.2.3.4"', '"x"'],
    dhcpstart: ['"10.0.2.15"', '"10.0.2.3"', '"x"'],
    dns: ['"10.0.2.3"', '"10.0.9.3"'],
    hostname: ['"h"'],
    restrict: ['true'],
    ipv6: ['false'],
    ipv4: ['false'],
    domainname: ['"d"'],
    hostfwd: ['[{"str":"tcp:127.0.0.1:0-:22"}]', '[{"str":"x"}]', '[]'],
  },
  hubport: { hubid: ['0', '1', '-1', '3'], netdev: ['"n0"', '"nosuch"'] },
  socket: {
    listen: ['"127.0.0.1:0"', '"x"', '":x"'],
    connect: ['"127.0.0.1:1"', '"x"'],
    udp: ['"127.0.0.1:9"'],
  },
  stream: {
    addr: ['{"type":"unix","path":"n.sock"}', '{"type":"x"}'],
  },
  dgram: {
    local: ['{"type":"inet","host":"127.0.0.1","port":"0"}', '{"type":"unix","path":"d1.sock"}'],
    remote: ['{"type":"inet","host":"127.0.0.1","port":"9"}', '{"type":"unix","path":"d2.sock"}'],
  },
  // QEMU waits for whoever is to connect, and does nothing else.
  'vhost-user': { chardev: ['"nosuch"'] },
  vde: {},
  nosuch: {},
};

const BLOCK_DRIVERS: Readonly<Record<string, Members>> = {
  'null-co': { size: ['1048576', '0', '"5"'], 'read-zeroes': ['true'], 'latency-ns': ['1'] },
  file: {
    filename: ['"disk.raw"', '"disk.qcow2"', '"nosuch.raw"', '"."', '"empty.raw"', '""'],
    aio: ['"threads"', '"native"', '"x"'],
    locking: ['"off"', '"auto"', '"on"'],
    'drop-cache': ['false'],
  },
  raw: {
    file: ['"b0"', '"b1"', '"nosuch"', '{"driver":"file","filename":"disk.raw"}', '{"driver":"null-co"}'],
    offset: ['512', '0', '3', '99999999'],
    size: ['512', '1024', '5'],
  },
  qcow2: {
    file: [
      '"b0"',
      '"b1"',
      '{"driver":"file","filename":"disk.qcow2"}',
      '{"driver":"file","filename":"disk.raw"}',
    ],
  },
  nosuch: {},
};
const BLOCK_COMMON: Members = {
  'read-only': ['true', 'false'],
  'auto-read-only': ['true'],
  discard: ['"unmap"', '"ignore"', '"x"'],
  cache: ['{"no-flush":true}', '{}'],
  'detect-zeroes': ['"on"', '"off"', '"unmap"'],
  'force-share': ['true', 'false'],
};

const CHARDEV_BACKENDS: Readonly<Record<string, Members>> = {
  null: {},
  ringbuf: { size: ['16', '64', '17', '-1'] },
  memory: { size: ['16'] },
  file: { out: ['"out.txt"', '"/nosuch/x"', '"."'], in: ['"disk.raw"', '"nosuch"'], append: ['true'] },
  pipe: { device: ['"nosuch"'] },
  udp: {
    remote: ['{"type":"inet","data":{"host":"127.0.0.1","port":"9"}}', '{"type":"unix","data":{"path":"x"}}'],
    local: ['{"type":"inet","data":{"host":"127.0.0.1","port":"0"}}'],
  },
  socket: {
    addr: [
      ...['{"type":"unix","data":{"path":"c.sock"}}', '{"type":"unix","data":{"path":"nosuch/c.sock"}}'],
      '{"type":"fd","data":{"str":"5"}}',
      '{"type":"inet","data":{"host":"127.0.0.1","port":"x"}}',
    ],
    server: ['true', 'false'],
    wait: ['false', 'false', 'false'],
    telnet: ['true'],
    websocket: ['true'],
    reconnect: ['0'],
    'tls-creds': ['"o0"', '"nosuch"'],
    'tls-authz': ['"o1"'],
  },
  mux: { chardev: ['"c0"', '"c1"', '"nosuch"'] },
  vc: { width: ['10'], cols: ['5'] },
  nosuch: {},
};

/** Without them the backend is refused. */
const NEEDED = new Set([
  ...['size', 'mem-path', 'data', 'filename', 'identity', 'netdev', 'outdev', 'endpoint', 'dir', 'hubid'],
  ...['addr', 'local', 'remote', 'file', 'out', 'device', 'chardev', 'interval', 'listen'],
]);

/** Adds and removes what stands behind devices, and looks at it. */
export class BackendHabit implements Habit {
  /** Streams that listen somewhere: another at the same place fails some time later. */
  #sockets = 0;

  constructor(private readonly random: Random) {}

  next(): Step {
    switch (this.random.weighted(WEIGHTS)) {
      case 'object':
        return this.#object();
      case 'netdev':
        return this.#netdev();
      case 'block':
        return this.#block();
      case 'chardev':
        return this.#chardev();
    }
  }

  #object(): Step {
    const { random } = this;
    if (random.chance(0.35)) return command('object-del', { id: this.#id(OBJECTS) });
    const type = random.pick(Object.keys(OBJECT_TYPES));
    const options = this.#members(OBJECT_TYPES[type] ?? {}, /^size$/);
    return command('object-add', { 'qom-type': text(type), id: this.#id(OBJECTS), ...options });
  }

  #netdev(): Step {
    const { random } = this;
    const choice = random.below(10);
    if (choice < 3) return command('netdev_del', { id: this.#id(NETDEVS) });
    if (choice < 5)
      return command('set_link', {
        name: this.#id([...NETDEVS, 'd0', 'd1']),
        up: random.pick(['true', 'false']),
      });
    if (choice < 6) return command('query-rx-filter', { name: this.#id([...NETDEVS, 'd0', 'd1', 'd2']) });
    const type = random.pick(Object.keys(NETDEV_TYPES));
    const options = this.#members(NETDEV_TYPES[type] ?? {});
    // What becomes of a connection that is being made is a matter of time.
    if (type === 'stream') options.server = 'true';
    if (options.addr?.includes('n.sock'))
      options.addr = options.addr.replace('n.sock', `n${++this.#sockets}.sock`);
    return command('netdev_add', { type: text(type), id: this.#id(NETDEVS), ...options });
  }

  #block(): Step {
    const { random } = this;
    if (random.chance(0.3)) return command('blockdev-del', { 'node-name': this.#id(NODES) });
    if (random.chance(0.3)) return this.#medium();
    const driver = random.pick(Object.keys(BLOCK_DRIVERS));
    return command('blockdev-add', {
      driver: text(driver),
      ...(random.chance(0.95) && { 'node-name': this.#id(NODES) }),
      ...this.#members(BLOCK_DRIVERS[driver] ?? {}, /^size$/),
      ...this.#members(BLOCK_COMMON),
    });
  }

  #medium(): Step {
    const { random } = this;
    const id = this.#id(['d0', 'd1', 'd2', 'nosuch']);
    const which = random.chance(0.9) ? { id } : random.chance(0.5) ? { device: id } : {};
    switch (random.below(6)) {
      case 0:
        return command('blockdev-insert-medium', { id, 'node-name': this.#id(NODES) });
      case 1:
        return command('blockdev-remove-medium', { id });
      case 2:
        return command('eject', which);
      case 3:
        return command('blockdev-change-medium', {
          ...which,
          filename: random.pick(['"disk.raw"', '"disk.qcow2"', '"nosuch"']),
          ...(random.chance(0.4) && { format: random.pick(['"raw"', '"qcow2"', '"nosuch"']) }),
          ...(random.chance(0.4) && {
            'read-only-mode': random.pick(['"retain"', '"read-only"', '"read-write"']),
          }),
        });
      default:
        return command(random.pick(['blockdev-open-tray', 'blockdev-close-tray']), which);
    }
  }

  #chardev(): Step {
    const { random } = this;
    const id = this.#id(CHARDEVS);
    switch (random.below(10)) {
      case 0:
      case 1:
        return command('chardev-remove', { id });
      case 2:
        return command('ringbuf-write', {
          device: id,
          data: random.pick(['"hello"', '"YWJj"', '""', '"\\u00e4"']),
          ...(random.chance(0.4) && { format: random.pick(['"base64"', '"utf8"', '"x"']) }),
        });
      case 3:
        return command('ringbuf-read', { device: id, size: random.pick(['4', '0', '100', '-1']) });
      case 4:
        return random.chance(0.5)
          ? command('chardev-send-break', { id })
          : human(`ringbuf_read ${JSON.parse(id)} 9`);
      case 5:
        return human(
          `chardev-add ${random.pick(['null', 'ringbuf,size=16', 'nosuch', 'socket', 'vc'])},id=${random.pick(CHARDEVS)}`,
        );
      default: {
        const type = random.pick(Object.keys(CHARDEV_BACKENDS));
        const data = this.#members(CHARDEV_BACKENDS[type] ?? {}, /^size$/);
        // A device that waits for a client would wait for ever.
        if (type === 'socket') data.wait = 'false';
        const members = Object.entries(data).map(([name, value]) => `"${name}":${value}`);
        const backend = `{"type":${text(type)},"data":{${members.join(',')}}}`;
        return command(random.chance(0.9) ? 'chardev-add' : 'chardev-change', { id, backend });
      }
    }
  }

  #id(ids: readonly string[]): string {
    const { random } = this;
    if (random.chance(0.02)) return oddValue(random);
    return text(random.chance(0.9) ? random.pick(ids) : random.pick(ODD_IDS));
  }

  /** @param sane members for which QEMU ends at some odd values */
  #members(members: Members, sane = /^$/): Record<string, string> {
    const { random } = this;
    const chosen: Record<string, string> = {};
    for (const [name, values] of Object.entries(members)) {
      if (!random.chance(NEEDED.has(name) ? 0.85 : 0.2)) continue;
      chosen[name] = random.chance(0.95) || sane.test(name) ? random.pick(values) : oddValue(random);
    }
    if (random.chance(0.03)) chosen.nosuch = oddValue(random);
    return chosen;
  }
}
