import { QmpError } from '../base/errors.ts';
import { GlibHashTable } from '../base/glib-hash-table.ts';
import type { JsonValue } from '../base/json.ts';
import type { Property } from './property.ts';
import type { QomType } from './type.ts';
import type { InputVisitor } from './visitor.ts';

const NO_CHILDREN: ReadonlyMap<string, QomObject> = new Map();

/** Children that are made when somebody asks for them: there may be thousands that nobody ever looks at. */
export interface LatentChildren {
  has(name: string): boolean;
  /** Makes one of them and adds it. */
  make(name: string): void;
  /** All of them, made or not, in the order in which they are listed. */
  all(): Iterable<{ readonly name: string; readonly type: string }>;
}

/** A node of the composition tree, with typed properties. */
export class QomObject {
  readonly type: QomType;
  #parent: QomObject | undefined;
  #name = '';
  /** Most objects of a machine have none. */
  #children: Map<string, QomObject> | undefined;
  #instanceProperties: Map<string, Property> | undefined;
  #latent: LatentChildren | undefined;
  #order: GlibHashTable | undefined;

  constructor(type: QomType) {
    this.type = type;
  }

  get parent(): QomObject | undefined {
    return this.#parent;
  }

  /** The name under which the parent holds this object; empty outside a tree. */
  get name(): string {
    return this.#name;
  }

  /** Canonical path from the root, e.g. `/machine/peripheral/net0`. */
  get path(): string {
    if (this.#parent === undefined) return this.#name === '' ? '/' : this.#name;
    const above = this.#parent.path;
    return above === '/' ? `/${this.#name}` : `${above}/${this.#name}`;
  }

  /** Children that exist. */
  get children(): ReadonlyMap<string, QomObject> {
    return this.#children ?? NO_CHILDREN;
  }

  /**
   * Puts a child into the tree. A name that ends in `[*]` gets the first free number.
   * @throws Error if the name is taken: callers that take names from clients check first
   */
  addChild<T extends QomObject>(name: string, child: T): T {
    const actual = name.endsWith('[*]') ? this.#freeName(name.slice(0, -3)) : name;
    if (this.#children?.has(actual)) throw new Error(`duplicate child ${actual} of ${this.path}`);
    child.enterTree(this, actual);
    (this.#children ??= new Map()).set(actual, child);
    this.#order?.add(actual);
    return child;
  }

  /** Keeps track of the order in which QEMU walks over its children: for a place where they come and go. */
  keepOrder(): this {
    this.#order = new GlibHashTable();
    for (const name of this.children.keys()) this.#order.add(name);
    return this;
  }

  /** Names of its own properties, which children are too, as QEMU walks over them; undefined if nobody kept track. */
  get keptOrder(): readonly string[] | undefined {
    return this.#order?.keys;
  }

  /** Has children that look as if they were there, and are made when asked for. */
  setLatentChildren(latent: LatentChildren | undefined): void {
    this.#latent = latent;
  }

  #freeName(stem: string): string {
    for (let index = 0; ; index++) {
      const name = `${stem}[${index}]`;
      if (!this.#children?.has(name)) return name;
    }
  }

  /** For `addChild` alone. */
  protected enterTree(parent: QomObject, name: string): void {
    this.#parent = parent;
    this.#name = name;
  }

  /** Takes this object, with everything below it, out of the tree. */
  unparent(): void {
    const parent = this.#parent;
    if (parent === undefined) return;
    parent.#children?.delete(this.#name);
    parent.#order?.remove(this.#name);
    this.#parent = undefined;
    this.#name = '';
  }

  /** Adds a property to this one object; the same name as a class property hides that. */
  addProperty(property: Property): void {
    (this.#instanceProperties ??= new Map()).set(property.name, property);
  }

  removeProperty(name: string): void {
    this.#instanceProperties?.delete(name);
  }

  /** The property of this name, a `child<>` property included. */
  property(name: string): Property | undefined {
    const own = this.#instanceProperties?.get(name) ?? this.type.properties.get(name);
    if (own !== undefined) return own;
    const child = this.#child(name);
    return child === undefined ? undefined : childProperty(name, child);
  }

  #child(name: string): QomObject | undefined {
    if (!this.#children?.has(name) && this.#latent?.has(name)) this.#latent.make(name);
    return this.#children?.get(name);
  }

  /** Every property: the class's, then this object's own, then its children. */
  *properties(): Generator<Property> {
    const own = this.#instanceProperties;
    for (const property of this.type.properties.values()) if (!own?.has(property.name)) yield property;
    if (own !== undefined) yield* own.values();
    for (const [name, child] of this.children) if (!this.#latent?.has(name)) yield childProperty(name, child);
    for (const { name, type } of this.#latent?.all() ?? []) {
      yield {
        name,
        type: `child<${type}>`,
        target: () => this.#child(name),
        get: () => `${this.path}/${name}`,
      };
    }
  }

  /** @throws QmpError where the property is absent or cannot be read */
  getProperty(name: string): JsonValue {
    const property = this.#existing(name);
    if (property.get === undefined)
      throw new QmpError(`Property '${this.type.name}.${name}' is not readable`);
    return property.get(this);
  }

  /** @throws QmpError where the property is absent, cannot be written, or does not take the value */
  setProperty(name: string, visitor: InputVisitor): void {
    const property = this.#existing(name);
    if (property.set === undefined)
      throw new QmpError(`Property '${this.type.name}.${name}' is not writable`);
    property.set(this, visitor);
  }

  #existing(name: string): Property {
    const property = this.property(name);
    if (property === undefined) throw new QmpError(`Property '${this.type.name}.${name}' not found`);
    return property;
  }
}

function childProperty(name: string, child: QomObject): Property {
  return { name, type: `child<${child.type.name}>`, target: () => child, get: () => child.path };
}
