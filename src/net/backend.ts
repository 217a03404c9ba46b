import { QmpError } from '../base/errors.ts';
import type { Netdev } from '../generated/types.ts';
import type { Backend } from '../qdev/backends.ts';
import type { Device } from '../qdev/device.ts';

/** A netdev: nominal, no frame ever passes through it. */
export class NetBackend implements Backend {
  user: Device | undefined;
  linkDown = false;

  constructor(
    readonly id: string,
    readonly kind: Netdev['type'],
    /** What `info network` says of it beyond its kind. */
    readonly info: string,
    /** For ports of a hub: its number. */
    readonly hub: number | undefined = undefined,
  ) {}
}

/** What the checks of a kind of backend need to know of the rest. */
export interface NetSurroundings {
  /** Whether a character device is there. */
  readonly hasChardev: (id: string) => boolean;
  readonly hasNetdev: (id: string) => boolean;
}

/** The options of one kind of backend. */
export type OptionsOf<Kind extends Netdev['type']> = Extract<Netdev, { readonly type: Kind }>;

/** @throws QmpError for a descriptor that this process was not handed: it was handed none */
export function refuseDescriptor(backend: string, fd: string): never {
  if (!/^\d/.test(fd)) throw new QmpError(`File descriptor named '${fd}' has not been found`);
  if (!/^\d+$/.test(fd)) throw new QmpError(`Invalid file descriptor number '${fd}'`);
  throw new QmpError(`${backend}: Can't use file descriptor ${fd}: Bad file descriptor`);
}
