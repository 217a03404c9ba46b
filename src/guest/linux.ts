import { handleOnPapr } from './linux-papr.ts';
import { handleOnPc } from './linux-pc.ts';
import type { GuestEvent, GuestModel, GuestPlatform, IommuPolicy, UnplugAnswer } from './platform.ts';

/** A guest that answers every request at once, as Linux does where nothing keeps it. */
export class LinuxGuest implements GuestModel {
  readonly name = 'linux';

  handle(event: GuestEvent, platform: GuestPlatform, answer: UnplugAnswer, iommu: IommuPolicy): void {
    if (platform.kind === 'papr') handleOnPapr(event, platform, answer);
    else handleOnPc(event, platform, answer, iommu);
  }
}
