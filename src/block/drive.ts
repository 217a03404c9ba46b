import { QmpError } from '../base/errors.ts';
import type { BlockDeviceInfo, BlockInfo } from '../generated/types.ts';
import type { DriveBackend, Medium, MediumAccess } from '../qdev/backends.ts';
import type { Device } from '../qdev/device.ts';
import type { BlockNode } from './node.ts';
import { type Access, IDLE, Parent, PERMISSIONS } from './permissions.ts';

export interface DriveSettings {
  /** As the user named it; empty for one that came about with a device. */
  readonly id: string;
  /** Whether writes are done once the host has them in its memory. */
  readonly writeback: boolean;
  /** Whether it has a place on a board, where a device takes it by itself. */
  readonly isPlaced: () => boolean;
}

const ALREADY_PLACED =
  "because it has been automatically connected to another device (did you need 'if=none' in the drive options?)";

/** A drive: what a device is attached to, with a node in it or nothing. QEMU calls it a block backend. */
export class Drive implements DriveBackend, Medium {
  device: Device | undefined;
  readonly #root: Parent;
  readonly #settings: DriveSettings;
  #isNameless = false;
  #node: BlockNode | undefined;
  /** How its device uses it; undefined before it does. */
  #access: Access | undefined;
  #isTrayOpen = false;

  constructor(
    settings: DriveSettings,
    node: BlockNode | undefined,
    /** Whether media can only be read, as long as nobody says otherwise of one. */
    public retainsReadOnly: boolean,
    /** Called when its device has let go of it: after use, or before it came to that. */
    private readonly abandoned: (drive: Drive, used: boolean) => void,
  ) {
    this.#settings = settings;
    this.#root = new Parent(() => `block device '${this.deviceName}'`, 'root');
    if (node !== undefined) this.insert(node);
  }

  /** What is in it. */
  get node(): BlockNode | undefined {
    return this.#node;
  }

  /** Whether its medium can be changed. */
  get isRemovable(): boolean {
    const media = this.device?.type.class.media;
    return this.device === undefined || media === 'tray' || media === 'floppy';
  }

  /** Undefined for a drive without one. */
  get tray(): 'open' | 'closed' | undefined {
    if (this.device?.type.class.media !== 'tray') return undefined;
    return this.#isTrayOpen ? 'open' : 'closed';
  }

  /** @returns whether it moved */
  moveTray(open: boolean): boolean {
    if (this.tray === undefined || open === this.#isTrayOpen) return false;
    this.#isTrayOpen = open;
    return true;
  }

  /** Puts a node into a drive where there is none. @throws QmpError if it is used in a way that does not go together with this */
  insert(node: BlockNode): void {
    node.parents.push(this.#root);
    try {
      if (this.#access !== undefined) node.change(this.#root, this.#access);
    } catch (error) {
      node.remove(this.#root);
      throw error;
    }
    this.#node = node;
    this.retainsReadOnly = node.readOnly;
  }

  /** @returns what was in it */
  takeOut(): BlockNode | undefined {
    const node = this.#node;
    node?.remove(this.#root);
    this.#node = undefined;
    return node;
  }

  /** As the user named it; empty for one that came about with a device. */
  get id(): string {
    return this.#isNameless ? '' : this.#settings.id;
  }

  /** The name of what is in it, as a device's property shows it. */
  get name(): string {
    return this.id === '' ? (this.node?.name ?? '') : this.id;
  }

  get backendName(): string {
    return this.id;
  }

  get present(): boolean {
    return this.node !== undefined;
  }

  get size(): bigint {
    return this.node?.size ?? 0n;
  }

  get readOnly(): boolean {
    return this.node?.readOnly ?? false;
  }

  /** Its device's id, or path. */
  get deviceName(): string {
    return this.device?.id ?? this.device?.path ?? this.id;
  }

  attach(device: Device): Medium {
    if (this.device !== undefined) {
      const reason = this.#settings.isPlaced() ? ALREADY_PLACED : 'by another device';
      throw new QmpError(`Drive '${this.id}' is already in use ${reason}`);
    }
    this.device = device;
    return this;
  }

  move(device: Device): void {
    this.device = device;
  }

  open({ write, shareWrites, shareResize }: MediumAccess): void {
    const shared = { write: shareWrites, resize: shareResize };
    const access: Access = {
      uses: write ? ['write'] : [],
      shares: PERMISSIONS.filter(each => shared[each]),
    };
    this.node?.change(this.#root, access);
    this.#access = access;
  }

  detach(): void {
    const used = this.#access !== undefined;
    this.device = undefined;
    this.#access = undefined;
    this.#isTrayOpen = false;
    if (this.node?.parents.includes(this.#root) === true) this.node.change(this.#root, IDLE);
    this.abandoned(this, used);
  }

  /** Empties it and takes its name from it; its device stays. @returns what was in it */
  lose(): BlockNode | undefined {
    this.#isNameless = true;
    return this.takeOut();
  }

  describe(): BlockInfo {
    const { device } = this;
    return {
      device: this.id,
      ...(device === undefined ? {} : { qdev: this.deviceName }),
      type: 'unknown',
      removable: this.isRemovable,
      locked: false,
      ...(this.node === undefined ? {} : { inserted: this.#inserted(this.node) }),
      ...(this.tray === undefined ? {} : { tray_open: this.#isTrayOpen }),
      ...(this.#showsStatus ? { 'io-status': 'ok' as const } : {}),
    };
  }

  /** Whether its device would say if a request had failed. */
  get #showsStatus(): boolean {
    const media = this.device?.type.class.media;
    return this.#access !== undefined && !this.#isNameless && media !== 'silent' && media !== 'floppy';
  }

  #inserted(node: BlockNode): BlockDeviceInfo {
    const description = node.describe();
    return { ...description, cache: { ...description.cache, writeback: this.#settings.writeback } };
  }
}
