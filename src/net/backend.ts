import { isOpenDescriptor, readDescriptor } from '../base/descriptor.ts';
import { QmpError } from '../base/errors.ts';
import type { Netdev } from '../generated/types.ts';
import { NetClient } from '../qdev/net-client.ts';

/** A backend: nominal, no frame ever passes through it. */
export class NetBackend extends NetClient {
  constructor(
    name: string,
    readonly kind: Netdev['type'],
    readonly info: string,
    /** For ports of a hub: its number. */
    readonly hub: number | undefined = undefined,
  ) {
    super(name);
  }
}

/** What the checks of a kind of backend need to know of the rest. */
export interface NetSurroundings {
  /** The kind of a character device; undefined if it is not there. */
  readonly chardevKind: (id: string) => string | undefined;
  readonly hasNetdev: (id: string) => boolean;
}

/** The options of one kind of backend. */
export type OptionsOf<Kind extends Netdev['type']> = Extract<Netdev, { readonly type: Kind }>;

/** A descriptor that this process was started with, taken to be what its user says it is. @throws QmpError for others */
export function checkDescriptor(backend: string, fd: string): void {
  if (isOpenDescriptor(readDescriptor(fd, true))) return;
  throw new QmpError(`${backend}: Can't use file descriptor ${fd}: Bad file descriptor`);
}
