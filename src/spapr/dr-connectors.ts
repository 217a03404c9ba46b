import { GlibHashTable } from '../base/glib-hash-table.ts';
import type { LatentChildren, QomObject } from '../qom/object.ts';
import type { DrConnector } from './dr-connector.ts';

/** Connectors whose indexes follow one another, children of one object. */
export interface ConnectorRange {
  readonly owner: QomObject;
  /** The first one's index. */
  readonly first: number;
  readonly count: number;
  /** Their type's name. */
  readonly type: string;
  /** As their owner is. */
  readonly hotplugged: boolean;
  /** Makes one, a child of the owner. */
  make(index: number): DrConnector;
}

/** So many are put off: the table is large, and rarely looked at. */
const MANY_CHANGES = 32;

/** Under which `/dr-connector` has a connector. */
export function drcName(index: number): string {
  return index.toString(16);
}

/**
 * Every connector of a machine by its index. Those of a range are made when somebody asks for them: each bridge
 * has hundreds, memory may have thousands, and most are never used.
 */
export class DrConnectors {
  readonly #made = new Map<number, DrConnector>();
  readonly #ranges: ConnectorRange[] = [];
  /** QEMU's table of all of them, and what has happened since somebody looked. */
  readonly #table = new GlibHashTable();
  #changes: (() => void)[] = [];

  /** Has all connectors of a range from now on. */
  cover(range: ConnectorRange): void {
    this.#ranges.push(range);
    this.#note(() => {
      for (const { index } of entries(range)) this.#table.add(drcName(index));
    });
    range.owner.setLatentChildren(new LatentConnectors(this, range.owner));
  }

  /** The ranges of one object. */
  rangesOf(owner: QomObject): readonly ConnectorRange[] {
    return this.#ranges.filter(range => range.owner === owner);
  }

  /** Has no connectors of this range any more; those that were made are their owner's to remove. */
  uncover(range: ConnectorRange): void {
    this.#ranges.splice(this.#ranges.indexOf(range), 1);
    this.#note(() => {
      for (const { index } of [...entries(range)].reverse()) this.#table.remove(drcName(index));
    });
    for (let index = range.first; index < range.first + range.count; index++) this.#made.delete(index);
    if (this.rangesOf(range.owner).length === 0) range.owner.setLatentChildren(undefined);
  }

  get(index: number): DrConnector | undefined {
    const made = this.#made.get(index);
    if (made !== undefined) return made;
    const range = this.#ranges.find(each => contains(each, index));
    if (range === undefined) return undefined;
    const connector = range.make(index);
    this.#putIntoService(connector);
    // To those outside it has been there as long as its owner.
    connector.hotplugged = range.hotplugged;
    return connector;
  }

  /** A connector if it has been made: one that has not is empty. */
  peek(index: number): DrConnector | undefined {
    return this.#made.get(index);
  }

  /** Puts one into service that is in no range. */
  add(connector: DrConnector): void {
    this.#note(() => this.#table.add(drcName(connector.index)));
    this.#putIntoService(connector);
  }

  #putIntoService(connector: DrConnector): void {
    connector.realize();
    this.#made.set(connector.index, connector);
  }

  #note(change: () => void): void {
    this.#changes.push(change);
    if (this.#changes.length > MANY_CHANGES) this.#catchUp();
  }

  #catchUp(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const change of changes) change();
  }

  /** Indexes in the order of QEMU's table. */
  get names(): readonly string[] {
    this.#catchUp();
    return this.#table.keys;
  }

  /** Those whose device was asked to go, in the order of QEMU's table of all connectors. */
  get leaving(): readonly DrConnector[] {
    const leaving = [...this.#made.values()].filter(({ unplugRequested }) => unplugRequested);
    if (leaving.length < 2) return leaving;
    const byName = new Map(leaving.map(connector => [drcName(connector.index), connector]));
    return this.names.flatMap(name => byName.get(name) ?? []);
  }

  /** Those that were needed so far. */
  get made(): Iterable<DrConnector> {
    return this.#made.values();
  }

  /** Indexes and types of all of them, made or not, in a fixed order. */
  *all(): Generator<ConnectorEntry> {
    const isInRange = (index: number) => this.#ranges.some(range => contains(range, index));
    for (const { index, type } of this.#made.values())
      if (!isInRange(index)) yield { index, type: type.name };
    for (const range of this.#ranges) yield* entries(range);
  }
}

export interface ConnectorEntry {
  readonly index: number;
  /** Name of the connector's type. */
  readonly type: string;
}

function contains({ first, count }: ConnectorRange, index: number): boolean {
  return index >= first && index < first + count;
}

function* entries({ first, count, type }: ConnectorRange): Generator<ConnectorEntry> {
  for (let index = first; index < first + count; index++) yield { index, type };
}

/** The connectors of an object in the tree. */
class LatentConnectors implements LatentChildren {
  constructor(
    private readonly connectors: DrConnectors,
    private readonly owner: QomObject,
  ) {}

  has(name: string): boolean {
    const index = indexOf(name);
    return this.connectors.rangesOf(this.owner).some(range => contains(range, index));
  }

  make(name: string): void {
    this.connectors.get(indexOf(name));
  }

  *all(): Generator<{ name: string; type: string }> {
    for (const range of this.connectors.rangesOf(this.owner))
      for (const { index, type } of entries(range)) yield { name: `dr-connector[${index}]`, type };
  }
}

/** The index in a connector's name; NaN in that of something else. */
function indexOf(name: string): number {
  return Number(/^dr-connector\[([0-9]+)\]$/.exec(name)?.[1]);
}
