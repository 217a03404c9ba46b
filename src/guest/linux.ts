import type { GuestEvent, GuestModel, GuestPlatform } from './platform.ts';

/** Indicators and values of RTAS `set-indicator` (PAPR 2.7, 13.5.3.3). */
const ISOLATION = 9001;
const ALLOCATION = 9003;
const ISOLATE = 0;
const UNISOLATE = 1;
const UNUSABLE = 0;
const USABLE = 1;

/** A connector's type is in the top four bits of its index; PCI slots are not allocated, only isolated. */
const TYPE_SHIFT = 28;
const TYPE_PCI = 4;

const SUCCESS = 0;
/** `ibm,configure-connector` has more to tell as long as its status is above this. */
const CONFIGURE_COMPLETE = 0;

/** A guest that answers every request at once, as Linux with its hotplug daemon does. */
export class LinuxGuest implements GuestModel {
  readonly name = 'linux';

  handle(event: GuestEvent, platform: GuestPlatform): void {
    switch (event.kind) {
      case 'boot':
        return;
      case 'hotplug':
        if (event.action === 'add') this.#configure(event.drcIndex, platform);
        else this.#letGo(event.drcIndex, platform);
        return;
      case 'powerdown':
        platform.rtas('power-off', [0, 0], 1);
    }
  }

  #configure(drcIndex: number, platform: GuestPlatform): void {
    const isPci = drcIndex >>> TYPE_SHIFT === TYPE_PCI;
    if (!isPci && !setIndicator(platform, ALLOCATION, drcIndex, USABLE)) return;
    if (!setIndicator(platform, ISOLATION, drcIndex, UNISOLATE)) return;
    let status: number;
    do status = platform.rtas('ibm,configure-connector', [drcIndex, 0], 1)?.[0] ?? CONFIGURE_COMPLETE;
    while (status > CONFIGURE_COMPLETE);
  }

  #letGo(drcIndex: number, platform: GuestPlatform): void {
    if (!setIndicator(platform, ISOLATION, drcIndex, ISOLATE)) return;
    if (drcIndex >>> TYPE_SHIFT !== TYPE_PCI) setIndicator(platform, ALLOCATION, drcIndex, UNUSABLE);
  }
}

function setIndicator(platform: GuestPlatform, indicator: number, drcIndex: number, value: number): boolean {
  return platform.rtas('set-indicator', [indicator, drcIndex, value], 1)?.[0] === SUCCESS;
}
