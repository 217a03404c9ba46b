import type { JsonValue } from '../base/json.ts';
import { QomObject } from '../qom/object.ts';
import type { Property } from '../qom/property.ts';
import type { QomType, TypeInfo, TypeRegistry } from '../qom/type.ts';

/** A character device as its tree sees it. */
export interface ChardevView {
  readonly id: string;
  /** As `query-chardev` shows it, e.g. `disconnected:tcp:127.0.0.1:5555,server=on`. */
  readonly filename: string;
  /** The kind, as `-chardev` names it: `socket`, `null`, … */
  readonly backend: string;
}

/** `/chardevs`: an object for each character device there is at the moment somebody looks. */
export class ChardevTree extends QomObject {
  constructor(
    type: QomType,
    private readonly views: () => readonly ChardevView[],
  ) {
    super(type);
  }

  override get children(): ReadonlyMap<string, QomObject> {
    this.#follow();
    return super.children;
  }

  override property(name: string): Property | undefined {
    this.#follow();
    return super.property(name);
  }

  override properties(): Generator<Property> {
    this.#follow();
    return super.properties();
  }

  #follow(): void {
    const known = super.children;
    const views = new Map(this.views().map(view => [view.id, view]));
    for (const [id, child] of [...known]) {
      if (!(child instanceof ChardevObject && child.view === views.get(id))) child.unparent();
    }
    for (const [id, view] of views) {
      if (!known.has(id)) this.addChild(id, new ChardevObject(typeOf(this.type.registry, view), view));
    }
  }
}

class ChardevObject extends QomObject {
  constructor(
    type: QomType,
    readonly view: ChardevView,
  ) {
    super(type);
  }
}

function typeOf(registry: TypeRegistry, { backend }: ChardevView): QomType {
  return registry.get(`chardev-${backend}`) ?? registry.require('chardev-null');
}

const DISCONNECTED = 'disconnected:';

function onSocket(read: (filename: string) => JsonValue): (object: QomObject) => JsonValue {
  return object => (object instanceof ChardevObject ? read(object.view.filename) : null);
}

/** `unix:/run/x,server=on` or `tcp:127.0.0.1:5555,server=on <-> 127.0.0.1:40112`, the own side of it. */
function socketAddress(filename: string): JsonValue {
  const text = filename.startsWith(DISCONNECTED) ? filename.slice(DISCONNECTED.length) : filename;
  const [, scheme = '', rest = ''] = /^([a-z0-9]+):(.*)$/.exec(text) ?? [];
  if (scheme === 'unix') return { type: 'unix', path: rest.replace(/,server=on$/, '') };
  if (scheme === 'fd') return { type: 'fd', str: rest.replace(/,server=on$/, '') };
  const [, v6, v4 = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)/.exec(rest) ?? [];
  return v6 === undefined
    ? { type: 'inet', host: v4, port, ipv4: true }
    : { type: 'inet', host: v6, port, ipv6: true };
}

const BACKENDS = [
  ...['null', 'pty', 'ringbuf', 'vc', 'mux', 'udp'],
  ...['testdev', 'msmouse', 'wctablet', 'qemu-vdagent', 'parallel', 'braille'],
] as const;
/** Those that read and write a file descriptor. */
const FILE_BACKENDS = ['file', 'stdio', 'pipe', 'serial'] as const;

export const CHARDEV_TYPES: readonly TypeInfo[] = [
  { name: 'chardev', parent: 'object', abstract: true },
  ...BACKENDS.map(name => ({
    name: `chardev-${name}`,
    parent: 'chardev',
    create: (type: QomType) => new QomObject(type),
  })),
  { name: 'chardev-spice', parent: 'chardev', abstract: true },
  ...['chardev-spicevmc', 'chardev-spiceport'].map(name => ({
    name,
    parent: 'chardev-spice',
    create: (type: QomType) => new QomObject(type),
  })),
  { name: 'chardev-memory', parent: 'chardev-ringbuf', create: type => new QomObject(type) },
  { name: 'chardev-fd', parent: 'chardev', abstract: true },
  ...FILE_BACKENDS.map(name => ({
    name: `chardev-${name}`,
    parent: 'chardev-fd',
    create: (type: QomType) => new QomObject(type),
  })),
  {
    name: 'chardev-socket',
    parent: 'chardev',
    create: type => new QomObject(type),
    properties: [
      { name: 'addr', type: 'SocketAddress', get: onSocket(socketAddress) },
      {
        name: 'connected',
        type: 'bool',
        get: onSocket(filename => !filename.startsWith(DISCONNECTED)),
      },
    ],
  },
];
