/**
 * All that an operating system sees of its machine. A guest model has nothing else, so that whatever it
 * does a real guest could do.
 */
export interface GuestPlatform {
  /** @returns the hypercall's status (signed) and what it put in registers */
  hypercall(name: string, args: readonly bigint[]): { readonly ret: bigint; readonly out: readonly bigint[] };
  /** @returns the service's return words, the first of them its status; undefined if there is no such service */
  rtas(name: string, args: readonly number[], returns: number): readonly number[] | undefined;
}

/** What a machine tells its guest. */
export type GuestEvent =
  | { readonly kind: 'boot' }
  | { readonly kind: 'hotplug'; readonly action: 'add' | 'remove'; readonly drcIndex: number }
  | { readonly kind: 'powerdown' };

/** The operating system inside, as far as the machine can tell. */
export interface GuestModel {
  readonly name: string;
  /** Called only while the machine runs; events of a paused machine come when it goes on. */
  handle(event: GuestEvent, platform: GuestPlatform): void;
}
