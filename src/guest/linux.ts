import { handleOnPapr } from './linux-papr.ts';
import { handleOnPc } from './linux-pc.ts';
import type { GuestEvent, GuestModel, GuestPlatform } from './platform.ts';

/** A guest that answers every request at once, as Linux does where nothing keeps it. */
export class LinuxGuest implements GuestModel {
  readonly name = 'linux';

  handle(event: GuestEvent, platform: GuestPlatform): void {
    if (platform.kind === 'papr') handleOnPapr(event, platform);
    else handleOnPc(event, platform);
  }
}
