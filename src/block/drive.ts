import { QmpError } from '../base/errors.ts';
import type { BlockInfo } from '../generated/types.ts';
import type { DriveBackend, Medium, MediumAccess } from '../qdev/backends.ts';
import type { Device } from '../qdev/device.ts';
import type { BlockNode } from './node.ts';
import { IDLE, Parent, PERMISSIONS } from './permissions.ts';

/** A drive: what a device is attached to, with a node in it or nothing. QEMU calls it a block backend. */
export class Drive implements DriveBackend, Medium {
  device: Device | undefined;
  readonly #root: Parent;
  #open = false;

  constructor(
    /** As the user named it; empty for one that came about with a device. */
    readonly id: string,
    readonly node: BlockNode | undefined,
    /** Called when its device has let go of it: after use, or before it came to that. */
    private readonly abandoned: (drive: Drive, used: boolean) => void,
  ) {
    this.#root = new Parent(() => `block device '${this.deviceName}'`, 'root');
    node?.parents.push(this.#root);
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
      ...(this.node === undefined ? {} : { inserted: this.node.describe() }),
      ...(media === 'tray' ? { tray_open: false } : {}),
      ...(this.#open && media !== 'silent' && media !== 'floppy' ? { 'io-status': 'ok' as const } : {}),
    };
  }
}
