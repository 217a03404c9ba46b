import type { GuestModel } from './platform.ts';

/** No operating system: nothing is ever answered. */
export const noGuest: GuestModel = { name: 'none', handle: () => {} };
