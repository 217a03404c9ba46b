import type { QmpError } from '../base/errors.ts';
import type { JsonObject, JsonValue } from '../base/json.ts';
import { inMemberOrder } from '../base/member-order.ts';
import type { BlockDeviceInfo, BlockdevDetectZeroesOptions, ImageInfoSpecific } from '../generated/types.ts';
import { type Access, checkConflicts, IDLE, Parent, PERMISSIONS, type Permission } from './permissions.ts';

const SECTOR_SIZE = 512n;

/** What a kind of node says of itself. */
export interface NodeFacts {
  readonly driver: string;
  /** Bytes; a guest sees whole sectors. */
  readonly size: bigint;
  /** Bytes that it takes on the host. */
  readonly allocated: bigint;
  /** A name that says everything, such as a path; absent where only the options do. */
  readonly filename?: string | undefined;
  /** The options that matter to the content, for a node that has no such name. */
  readonly options: JsonObject;
  readonly children?: readonly (readonly [role: string, node: BlockNode])[];
  /** Whether it writes of its own accord, and keeps others from it, as formats do. */
  readonly isFormat?: boolean;
  /** Whether it is a part of the node below, which nobody may resize then. */
  readonly isPart?: boolean;
  /** Bytes of a cluster, for formats that have them. */
  readonly clusterSize?: bigint | undefined;
  /** Whether it could tell if it was not closed properly. */
  readonly hasDirtyFlag?: boolean;
  readonly specific?: ImageInfoSpecific;
  /** Why it cannot be opened after all, which is only seen when nobody else is in the way. */
  readonly flaw?: QmpError;
}

export interface NodeSettings {
  readonly name: string;
  readonly readOnly: boolean;
  /** Whoever uses it lets others do what they like. */
  readonly forceShare: boolean;
  readonly detectZeroes: BlockdevDetectZeroesOptions;
  readonly cache: { readonly direct: boolean; readonly noFlush: boolean };
}

/** A node of the block graph. Nominal: it has a size, but no content. */
export class BlockNode {
  /** Oldest first. */
  readonly parents: Parent[] = [];
  readonly #asParent: readonly (readonly [child: BlockNode, parent: Parent])[];

  constructor(
    readonly settings: NodeSettings,
    readonly facts: NodeFacts,
    /** Called whenever what is done with this node changes; may refuse. */
    private readonly accessChanged: (node: BlockNode, access: Access) => void,
  ) {
    this.#asParent = (facts.children ?? []).map(([role, child]) => [
      child,
      new Parent(() => `node '${this.name}'`, role),
    ]);
  }

  get name(): string {
    return this.settings.name;
  }

  get readOnly(): boolean {
    return this.settings.readOnly;
  }

  get size(): bigint {
    return ((this.facts.size + SECTOR_SIZE - 1n) / SECTOR_SIZE) * SECTOR_SIZE;
  }

  /** Whether a drive has it. */
  get isInDrive(): boolean {
    return this.parents.some(({ role }) => role === 'root');
  }

  get children(): readonly BlockNode[] {
    return this.#asParent.map(([child]) => child);
  }

  /** All that is done with the nodes below on behalf of this one. */
  get access(): Access {
    if (this.settings.forceShare) return { uses: this.#used, shares: PERMISSIONS };
    // A format writes of its own accord, and nobody else may change what it is made of.
    if (this.facts.isFormat === true) return { uses: this.readOnly ? [] : PERMISSIONS, shares: [] };
    const shares = PERMISSIONS.filter(each =>
      this.parents.every(({ access }) => access.shares.includes(each)),
    );
    return { uses: this.#used, shares: this.facts.isPart === true ? without(shares, 'resize') : shares };
  }

  get #used(): readonly Permission[] {
    return PERMISSIONS.filter(each => this.parents.some(({ access }) => access.uses.includes(each)));
  }

  /** Joins the graph: becomes a parent of the nodes below. @throws QmpError leaving nothing behind */
  connect(): void {
    for (const [child, parent] of this.#asParent) child.parents.push(parent);
    try {
      this.#passDown();
    } catch (error) {
      this.disconnect();
      throw error;
    }
  }

  disconnect(): void {
    for (const [child, parent] of this.#asParent) child.remove(parent);
  }

  /** Lets a parent do something else from now on. @throws QmpError leaving everything as it was */
  change(parent: Parent, access: Access): void {
    const before = parent.access;
    parent.access = access;
    try {
      checkConflicts(this);
      this.#passDown();
    } catch (error) {
      parent.access = before;
      this.#passDown();
      throw error;
    }
  }

  remove(parent: Parent): void {
    const index = this.parents.indexOf(parent);
    if (index < 0) return;
    parent.access = IDLE;
    this.parents.splice(index, 1);
    this.#passDown();
  }

  #passDown(): void {
    const { access } = this;
    this.accessChanged(this, access);
    for (const [child, parent] of this.#asParent) child.change(parent, access);
  }

  /** The options that would make this node again, where its name alone would not. */
  get fullOptions(): JsonObject {
    const { driver, options, children = [] } = this.facts;
    const below = children.map(([role, child]): [string, JsonValue] => [role, child.fullOptions]);
    return { driver, ...options, ...Object.fromEntries(below) };
  }

  /** By which a format goes that lies directly on it: nothing else has a name of its own. */
  get nameForFormat(): string | undefined {
    return this.children.length === 0 ? this.facts.filename : undefined;
  }

  /** A path, a pseudo URL such as `null-co://`, or `json:` and all options. */
  get filename(): string {
    return this.facts.filename ?? `json:${optionsText(this.fullOptions)}`;
  }

  describe(): BlockDeviceInfo {
    const { driver, allocated, clusterSize, hasDirtyFlag, specific } = this.facts;
    const { direct, noFlush } = this.settings.cache;
    return {
      file: this.filename,
      'node-name': this.name,
      ro: this.readOnly,
      drv: driver,
      backing_file_depth: 0,
      encrypted: false,
      detect_zeroes: this.settings.detectZeroes,
      bps: 0,
      bps_rd: 0,
      bps_wr: 0,
      iops: 0,
      iops_rd: 0,
      iops_wr: 0,
      image: {
        filename: this.filename,
        format: driver,
        'virtual-size': this.size,
        'actual-size': allocated,
        ...(clusterSize === undefined ? {} : { 'cluster-size': clusterSize }),
        ...(hasDirtyFlag === true ? { 'dirty-flag': false } : {}),
        ...(specific === undefined ? {} : { 'format-specific': specific }),
      },
      cache: { writeback: true, direct, 'no-flush': noFlush },
      write_threshold: 0,
    };
  }
}

function without(permissions: readonly Permission[], one: Permission): readonly Permission[] {
  return permissions.filter(each => each !== one);
}

/** Options as QEMU prints them behind `json:`. */
function optionsText(value: JsonValue | undefined): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const members = Array.from(
      inMemberOrder(new Map(Object.entries(value))),
      ([name, member]) => `${JSON.stringify(name)}: ${optionsText(member)}`,
    );
    return `{${members.join(', ')}}`;
  }
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value ?? null);
}
