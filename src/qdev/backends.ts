import type { Device } from './device.ts';

/** A backend by its id, and the one device that uses it. */
export interface Backend {
  readonly id: string;
  user?: Device | undefined;
}

/** What a device's `drive` property can name. */
export interface DriveBackend {
  readonly id: string;
  /** @throws QmpError where it cannot be had */
  attach(device: Device, property: string): Medium;
}

/** A drive as the device that it is attached to has it. */
export interface Medium {
  readonly name: string;
  /** The name of the drive it belongs to; empty where the user named a node and the drive came about by itself. */
  readonly backendName: string;
  /** False for a drive with nothing in it. */
  readonly present: boolean;
  /** Bytes. */
  readonly size: bigint;
  readonly readOnly: boolean;
  /** Takes it into use. @throws QmpError if others use it in a way that does not go together with this */
  open(access: { readonly write: boolean; readonly shareWrites: boolean }): void;
  /** Another device, a part of the one it is attached to, has it from now on. */
  move(device: Device): void;
  /** The device has let go of it. */
  detach(): void;
}

/** The character devices of a machine, as devices need them. */
export interface ChardevSource {
  has(id: string): boolean;
  /** Connects a device to one. @returns how to let go of it; undefined if it is in use */
  take(id: string): (() => void) | undefined;
}

interface BackendOf {
  readonly netdev: Backend;
  readonly drive: DriveBackend;
}

/** What a device can be connected to on the host's side. */
export type BackendKind = keyof BackendOf;

/** The backends of one machine, by kind and id. */
export class Backends {
  /** None for a machine without a wire. */
  chardevs: ChardevSource | undefined;
  /** Makes a drive with nothing in it, for a device that has a slot for media but was given none. */
  emptyDrive: ((device: Device) => Medium) | undefined;
  readonly #byKind: { readonly [Kind in BackendKind]: Map<string, BackendOf[Kind]> } = {
    netdev: new Map(),
    drive: new Map(),
  };

  of<Kind extends BackendKind>(kind: Kind): ReadonlyMap<string, BackendOf[Kind]> {
    return this.#byKind[kind];
  }

  add<Kind extends BackendKind>(kind: Kind, backend: BackendOf[Kind]): void {
    this.#byKind[kind].set(backend.id, backend);
  }

  remove(kind: BackendKind, id: string): void {
    this.#byKind[kind].delete(id);
  }
}
