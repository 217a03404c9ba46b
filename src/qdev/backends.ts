import type { Device } from './device.ts';

/** What a device's `drive` property can name. */
export interface DriveBackend {
  readonly id: string;
  /** @throws QmpError where it cannot be had */
  attach(device: Device, property: string): Medium;
}

/** What a device does with a medium, and what it lets others do meanwhile. */
export interface MediumAccess {
  readonly write: boolean;
  readonly shareWrites: boolean;
  readonly shareResize: boolean;
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
  open(access: MediumAccess): void;
  /** Another device, a part of the one it is attached to, has it from now on. */
  move(device: Device): void;
  /** The device has let go of it. */
  detach(): void;
}

/** How a device uses a character device. */
export interface ChardevUse {
  /** It goes on with another one in place of this. */
  readonly canMove?: boolean;
  /** It hears and speaks only once the guest wants it to. */
  readonly isUpToGuest?: boolean;
}

/** The character devices of a machine, as devices need them. */
export interface ChardevSource {
  /** What it is, e.g. `socket`; undefined if it is not there. */
  kind(id: string): string | undefined;
  /** Those of one kind, in the order in which they came. */
  ids(kind: string): readonly string[];
  /** Whether somebody is at the other end. */
  isConnected(id: string): boolean;
  /** Connects a device to one. @returns how to let go of it; undefined if it is in use */
  take(id: string, use: ChardevUse): (() => void) | undefined;
  /** Whether it was named on the command line: the human monitor takes no such name again. */
  isOption(id: string): boolean;
  /** Takes it away, even from who uses it. */
  discard(id: string): void;
}

/** What devices of one machine can be connected to on the host's side, besides networks. */
export class Backends {
  /** None for a machine without a wire. */
  chardevs: ChardevSource | undefined;
  /** Makes a drive with nothing in it, for a device that has a slot for media but was given none. */
  emptyDrive: ((device: Device) => Medium) | undefined;
  /** Drives and nodes by id. */
  readonly drives = new Map<string, DriveBackend>();
  /** Ids of sound backends, all of them silent, in the order in which they came. */
  readonly audio: string[] = [];
}
