import { QmpError } from '../base/errors.ts';
import type { BlockDeviceInfo, BlockInfo } from '../generated/types.ts';
import type { DriveBackend, Medium, MediumAccess } from '../qdev/backends.ts';
import type { Device } from '../qdev/device.ts';
import type { BlockNode } from './node.ts';
import { IDLE, Parent, PERMISSIONS } from './permissions.ts';

export interface DriveSettings {
  /** As the user named it; empty for one that came about with a device. */
  readonly id: string;
  /** Whether writes are done once the host has them in its memory. */
  readonly writeback: boolean;
}

/** A drive: what a device is attached to, with a node in it or nothing. QEMU calls it a block backend. */
export class Drive implements DriveBackend, Medium {
  device: Device | undefined;
  readonly #root: Parent;
  readonly #settings: DriveSettings;
  #open = false;
  #isNameless = false;
  #node: BlockNode | undefined;

  constructor(
    settings: DriveSettings,
    node: BlockNode | undefined,
    /** Called when its device has let go of it: after use, or before it came to that. */
    private readonly abandoned: (drive: Drive, used: boolean) => void,
  ) {
    this.#settings = settings;
    this.#node = node;
    this.#root = new Parent(() => `block device '${this.deviceName}'`, 'root');
    node?.parents.push(this.#root);
  }

  /** As the user named it; empty for one that came about with a device. */
  get id(): string {
    return this.#isNameless ? '' : this.#settings.id;
  }

  get node(): BlockNode | undefined {
    return this.#node;
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
    if (this.device !== undefined)
      throw new QmpError(`Drive '${this.id}' is already in use by another device`);
    this.device = device;
    return this;
  }

  move(device: Device): void {
    this.device = device;
  }

  open({ write, shareWrites, shareResize }: MediumAccess): void {
    const shared = { write: shareWrites, resize: shareResize };
    this.node?.change(this.#root, {
      uses: write ? ['write'] : [],
      shares: PERMISSIONS.filter(each => shared[each]),
    });
    this.#open = true;
  }

  detach(): void {
    const used = this.#open;
    this.device = undefined;
    this.#open = false;
    if (this.node?.parents.includes(this.#root) === true) this.node.change(this.#root, IDLE);
    this.abandoned(this, used);
  }

  /** Empties it and takes its name from it; its device stays. @returns what was in it */
  lose(): BlockNode | undefined {
    const lost = this.#node;
    lost?.remove(this.#root);
    this.#node = undefined;
    this.#isNameless = true;
    return lost;
  }

  /** Takes it away, node and all. */
  remove(): void {
    this.node?.remove(this.#root);
  }

  describe(): BlockInfo {
    const { device } = this;
    const media = device?.type.class.media;
    const isRemovable = media === 'tray' || media === 'floppy';
    return {
      device: this.id,
      ...(device === undefined ? {} : { qdev: this.deviceName }),
      type: 'unknown',
      removable: device === undefined || isRemovable,
      locked: false,
      ...(this.node === undefined ? {} : { inserted: this.#inserted(this.node) }),
      ...(media === 'tray' ? { tray_open: false } : {}),
      ...(this.#showsStatus ? { 'io-status': 'ok' as const } : {}),
    };
  }

  /** Whether its device would say if a request had failed. */
  get #showsStatus(): boolean {
    const media = this.device?.type.class.media;
    return this.#open && !this.#isNameless && media !== 'silent' && media !== 'floppy';
  }

  #inserted(node: BlockNode): BlockDeviceInfo {
    const description = node.describe();
    return { ...description, cache: { ...description.cache, writeback: this.#settings.writeback } };
  }
}
