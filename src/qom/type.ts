import type { QomObject } from './object.ts';
import type { Property } from './property.ts';

/**
 * What a type says about its instances beyond properties. Empty here: each room adds its own members
 * (`declare module`), which children inherit one by one.
 */
// biome-ignore lint/suspicious/noEmptyInterface: extended by the rooms that give types more to say
export interface ClassData {}

/** What is written down about a type; everything not stated is the parent's. */
export interface TypeInfo {
  readonly name: string;
  /** Absent for `object` and for interfaces. */
  readonly parent?: string;
  readonly abstract?: boolean;
  readonly interfaces?: readonly string[];
  /** Class properties, in addition to the parent's. */
  readonly properties?: readonly Property[];
  readonly class?: Readonly<ClassData>;
  /** Makes an instance, not yet in any tree. Inherited. */
  readonly create?: (type: QomType) => QomObject;
}

/** A type with its place in the inheritance tree resolved. Constant once registered. */
export class QomType {
  readonly name: string;
  readonly abstract: boolean;
  readonly create: ((type: QomType) => QomObject) | undefined;
  /** The class data of this type and, where it says nothing, of its parents. */
  readonly class: Readonly<ClassData>;
  readonly #ancestors: ReadonlySet<string>;
  #properties: ReadonlyMap<string, Property> | undefined;

  constructor(
    readonly info: TypeInfo,
    readonly parent: QomType | undefined,
    /** Where to find the types of parts that an instance makes for itself. */
    readonly registry: TypeRegistry,
  ) {
    this.name = info.name;
    this.abstract = info.abstract ?? false;
    this.create = info.create ?? parent?.create;
    this.class = { ...parent?.class, ...info.class };
    this.#ancestors = new Set([info.name, ...(info.interfaces ?? []), ...(parent?.ancestors ?? [])]);
  }

  /** This type, its parents, and the interfaces of all of them. */
  get ancestors(): ReadonlySet<string> {
    return this.#ancestors;
  }

  isA(name: string): boolean {
    return this.#ancestors.has(name);
  }

  /** Class properties by name, the parents' first. */
  get properties(): ReadonlyMap<string, Property> {
    if (this.#properties === undefined) {
      const all = new Map(this.parent?.properties);
      for (const property of this.info.properties ?? []) all.set(property.name, property);
      this.#properties = all;
    }
    return this.#properties;
  }
}

/** The types one machine knows, by name. */
export class TypeRegistry {
  readonly #types = new Map<string, QomType>();

  /** Adds types; a parent must come before its children. */
  register(infos: readonly TypeInfo[]): void {
    for (const info of infos) {
      const parent = info.parent === undefined ? undefined : this.#types.get(info.parent);
      if (info.parent !== undefined && parent === undefined) {
        throw new Error(`type ${info.name}: parent ${info.parent} is not registered`);
      }
      this.#types.set(info.name, new QomType(info, parent, this));
    }
  }

  get(name: string): QomType | undefined {
    return this.#types.get(name);
  }

  /** Every type, in order of registration. */
  all(): Iterable<QomType> {
    return this.#types.values();
  }

  /** The type of this name, for names that this program itself gives. */
  require(name: string): QomType {
    const type = this.#types.get(name);
    if (type === undefined) throw new Error(`type ${name} is not registered`);
    return type;
  }

  /** A new instance of a concrete type that this program itself names. */
  create(name: string): QomObject {
    const type = this.require(name);
    if (type.abstract || type.create === undefined) throw new Error(`cannot create ${name}`);
    return type.create(type);
  }
}
