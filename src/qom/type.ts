import type { QomObject } from './object.ts';
import type { Property } from './property.ts';
import type { UserGlobals } from './user-globals.ts';
import { TextVisitor } from './visitor.ts';

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
  /** Properties that abstract types do not show, as QEMU gives them to instances or to each concrete class. */
  readonly instanceProperties?: readonly Property[];
  readonly class?: Readonly<ClassData>;
  /** The module of QEMU's that brings the type, where it is in one: such types are not there at first. Inherited. */
  readonly module?: string;
  /** Makes an instance, not yet in any tree. Inherited. */
  readonly create?: (type: QomType) => QomObject;
}

/**
 * Values that instances begin with in place of their properties' own: by type, then by property, in text form.
 * They hold for the type's children as well.
 */
export type TypeGlobals = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A type with its place in the inheritance tree resolved. Constant once registered. */
export class QomType {
  readonly name: string;
  readonly abstract: boolean;
  readonly create: ((type: QomType) => QomObject) | undefined;
  readonly module: string | undefined;
  /** The class data of this type and, where it says nothing, of its parents. */
  readonly class: Readonly<ClassData>;
  readonly #ancestors: ReadonlySet<string>;
  readonly #interfaces: ReadonlySet<string>;
  #globals: readonly (readonly [property: string, value: string])[] | undefined;
  #classProperties: ReadonlyMap<string, Property> | undefined;
  #properties: ReadonlyMap<string, Property> | undefined;

  constructor(
    readonly info: TypeInfo,
    readonly parent: QomType | undefined,
    /** Where to find the types of parts that an instance makes for itself. */
    readonly registry: TypeRegistry,
  ) {
    this.name = info.name;
    this.abstract = info.abstract ?? false;
    this.create = info.create === undefined ? parent?.create : creator(info.create);
    this.module = info.module ?? parent?.module;
    this.class = { ...parent?.class, ...info.class };
    this.#ancestors = new Set([info.name, ...(info.interfaces ?? []), ...(parent?.ancestors ?? [])]);
    this.#interfaces = new Set([...(info.interfaces ?? []), ...(parent?.interfaces ?? [])]);
  }

  /** This type, its parents, and the interfaces of all of them. */
  get ancestors(): ReadonlySet<string> {
    return this.#ancestors;
  }

  /** Interfaces of this type and its parents. */
  get interfaces(): ReadonlySet<string> {
    return this.#interfaces;
  }

  isA(name: string): boolean {
    // As in QEMU, what implements several interfaces is no longer known as an interface as such.
    return this.#ancestors.has(name) || (name === 'interface' && this.#interfaces.size === 1);
  }

  /** What instances begin with, later values in place of earlier ones. */
  get globals(): readonly (readonly [property: string, value: string])[] {
    this.#globals ??= this.registry.globals.flatMap(table =>
      Object.entries(table).flatMap(([type, values]) => (this.isA(type) ? Object.entries(values) : [])),
    );
    return this.#globals;
  }

  /** Properties that this class adds to those of its parent. */
  get ownClassProperties(): readonly Property[] {
    return this.info.properties ?? [];
  }

  /** Properties of the class by name, the parents' first. */
  get classProperties(): ReadonlyMap<string, Property> {
    this.#classProperties ??= byName(this.parent?.classProperties, this.info.properties);
    return this.#classProperties;
  }

  /** Properties of the class and of every instance by name. */
  get properties(): ReadonlyMap<string, Property> {
    this.#properties ??= byName(
      byName(this.parent?.properties, this.info.properties),
      this.info.instanceProperties,
    );
    return this.#properties;
  }
}

function creator(create: (type: QomType) => QomObject): (type: QomType) => QomObject {
  return type => applyGlobals(create(type));
}

/** Sets what a new object begins with; for those that are not made with their type's `create`. */
export function applyGlobals<T extends QomObject>(object: T): T {
  for (const [name, value] of object.type.globals) {
    // Some are meant for those children of a type that have the property.
    if (object.property(name) !== undefined) object.setProperty(name, new TextVisitor(value));
  }
  return object;
}

function byName(
  inherited: ReadonlyMap<string, Property> = new Map(),
  own: readonly Property[] = [],
): ReadonlyMap<string, Property> {
  return new Map([...inherited, ...own.map(property => [property.name, property] as const)]);
}

/** The types one machine knows, by name. */
export class TypeRegistry {
  readonly #types = new Map<string, QomType>();
  /** Names of the modules that are loaded. */
  readonly #modules = new Set<string>();
  #deferred: (() => Promise<readonly TypeInfo[]>) | undefined;
  #completion: Promise<void> | undefined;

  /**
   * @param globals what instances begin with; of the tables the later ones win
   * @param deferred brings types that nothing needs until somebody asks for types
   * @param userGlobals what the user wants devices to begin with
   */
  constructor(
    readonly globals: readonly TypeGlobals[] = [],
    deferred?: () => Promise<readonly TypeInfo[]>,
    readonly userGlobals?: UserGlobals,
  ) {
    this.#deferred = deferred;
  }

  /** Brings the types that were deferred. */
  async complete(): Promise<void> {
    this.#completion ??= this.#deferred?.().then(types => this.register(types));
    await this.#completion;
  }

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

  /** The same for those who need it: QEMU loads the module that the type is in. */
  load(name: string): QomType | undefined {
    const type = this.#types.get(name);
    if (type?.module !== undefined) this.#modules.add(type.module);
    return type;
  }

  /** All modules are loaded, as QEMU does before it lists types. */
  loadAll(): void {
    for (const { module } of this.all()) if (module !== undefined) this.#modules.add(module);
  }

  /** The same for those who look only at what is loaded. */
  getLoaded(name: string): QomType | undefined {
    const type = this.#types.get(name);
    return type?.module === undefined || this.#modules.has(type.module) ? type : undefined;
  }

  /** Every type, in order of registration. */
  all(): Iterable<QomType> {
    return this.#types.values();
  }

  /** The type of this name, for names that this program itself gives. */
  require(name: string): QomType {
    const type = this.load(name);
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
