import type { GuestEvent, PaprPlatform, UnplugAnswer } from './platform.ts';

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

/** What Linux with its hotplug daemon does on a logical partition: it answers every request at once. */
export function handleOnPapr(event: GuestEvent, platform: PaprPlatform, answer: UnplugAnswer): void {
  switch (event.kind) {
    case 'hotplug': {
      const { action, drcIndex, count = 1 } = event;
      const indexes = Array.from({ length: count }, (_, offset) => drcIndex + offset);
      if (action === 'add') for (const index of indexes) configure(index, platform);
      else if (answer === 'accept') for (const index of indexes) letGo(index, platform);
      // Of memory it is the first block that it cannot give back.
      else if (answer === 'refuse') keep(drcIndex, platform);
      return;
    }
    case 'powerdown':
      platform.rtas('power-off', [0, 0], 1);
  }
}

function configure(drcIndex: number, platform: PaprPlatform): void {
  const isPci = drcIndex >>> TYPE_SHIFT === TYPE_PCI;
  if (!isPci && !setIndicator(platform, ALLOCATION, drcIndex, USABLE)) return;
  if (!setIndicator(platform, ISOLATION, drcIndex, UNISOLATE)) return;
  let status: number;
  do status = platform.rtas('ibm,configure-connector', [drcIndex, 0], 1)?.[0] ?? CONFIGURE_COMPLETE;
  while (status > CONFIGURE_COMPLETE);
}

function letGo(drcIndex: number, platform: PaprPlatform): void {
  if (!setIndicator(platform, ISOLATION, drcIndex, ISOLATE)) return;
  if (drcIndex >>> TYPE_SHIFT !== TYPE_PCI) setIndicator(platform, ALLOCATION, drcIndex, UNUSABLE);
}

/** Firmware is told by taking the thing back into use; a slot's function just stays (PAPR 2.7, 13.6). */
function keep(drcIndex: number, platform: PaprPlatform): void {
  if (drcIndex >>> TYPE_SHIFT !== TYPE_PCI) setIndicator(platform, ISOLATION, drcIndex, UNISOLATE);
}

function setIndicator(platform: PaprPlatform, indicator: number, drcIndex: number, value: number): boolean {
  return platform.rtas('set-indicator', [indicator, drcIndex, value], 1)?.[0] === SUCCESS;
}
