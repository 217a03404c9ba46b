import { LinuxGuest } from './linux.ts';
import { noGuest } from './none.ts';
import type { GuestModel } from './platform.ts';

/** The operating systems that can be simulated. */
const MODELS: readonly GuestModel[] = [new LinuxGuest(), noGuest];

export const GUEST_MODELS: readonly string[] = MODELS.map(({ name }) => name);

export function guestModel(name: string): GuestModel | undefined {
  return MODELS.find(model => model.name === name);
}
