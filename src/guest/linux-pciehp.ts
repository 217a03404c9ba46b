import { PciConfig } from './pci-config.ts';
import type { PciPlace, PcPlatform, UnplugAnswer } from './platform.ts';

const EXPRESS_ID = 0x10;
/** Offsets in the PCI Express capability (PCI Express 4.0, 7.5.3). */
const FLAGS = 0x02;
const SLOT_CAPABILITIES = 0x14;
const SLOT_CONTROL = 0x18;
const SLOT_STATUS = 0x1a;

const SLOT_IMPLEMENTED = 1 << 8;
const HOTPLUG_CAPABLE = 1 << 6;
/** Slot control: interrupts of button and presence, power indicator, power. */
const INTERRUPTS = 1 | (1 << 3) | (1 << 5);
const INDICATOR = 3 << 8;
const INDICATOR_ON = 1 << 8;
const INDICATOR_BLINKS = 2 << 8;
const INDICATOR_OFF = 3 << 8;
const POWER_OFF = 1 << 10;
/** Slot status; the first two are cleared by writing them. */
const BUTTON_PRESSED = 1;
const PRESENCE_CHANGED = 1 << 3;
const PRESENT = 1 << 6;

/** For so long the indicator blinks, and the button can be pressed again to take it back. */
const BLINK_MS = 5000;

/** Registers of one slot. */
class Slot {
  constructor(
    private readonly config: PciConfig,
    private readonly port: PciPlace,
    private readonly capability: number,
  ) {}

  get control(): number {
    return this.config.read(this.port, this.capability + SLOT_CONTROL, 2);
  }

  set control(value: number) {
    this.config.write(this.port, this.capability + SLOT_CONTROL, 2, value);
  }

  /** Changes indicator and power. */
  set power(value: number) {
    this.control = (this.control & ~(INDICATOR | POWER_OFF)) | value;
  }

  /** What there is to tell; it is forgotten by that. */
  takeStatus(): number {
    const status = this.config.read(this.port, this.capability + SLOT_STATUS, 2);
    this.config.write(this.port, this.capability + SLOT_STATUS, 2, status);
    return status;
  }

  get isOff(): boolean {
    return (this.control & INDICATOR) === INDICATOR_OFF;
  }

  get isBlinking(): boolean {
    return (this.control & INDICATOR) === INDICATOR_BLINKS;
  }
}

function slotOf(platform: PcPlatform, port: PciPlace): Slot | undefined {
  const config = new PciConfig(platform);
  const at = config.findCapability(port, EXPRESS_ID);
  if (at === undefined || (config.read(port, at + FLAGS, 2) & SLOT_IMPLEMENTED) === 0) return undefined;
  const capable = (config.read(port, at + SLOT_CAPABILITIES, 4) & HOTPLUG_CAPABLE) !== 0;
  return capable ? new Slot(config, port, at) : undefined;
}

/** At start: asks every slot to report, and takes into use what has been put in before. */
export function takeSlots(platform: PcPlatform): void {
  if (!platform.tables().nativeSlots) return;
  for (const port of new PciConfig(platform).functions()) {
    const slot = slotOf(platform, port);
    if (slot === undefined) continue;
    slot.control |= INTERRUPTS;
    if ((slot.takeStatus() & PRESENT) !== 0 && slot.isOff) slot.power = INDICATOR_ON;
  }
}

/** A slot reports. */
export function serveSlot(
  port: PciPlace,
  device: string | undefined,
  platform: PcPlatform,
  answer: UnplugAnswer,
): void {
  const slot = slotOf(platform, port);
  const status = slot?.takeStatus() ?? 0;
  if (slot === undefined) return;
  if ((status & PRESENCE_CHANGED) !== 0) {
    if ((status & PRESENT) !== 0 && slot.isOff) slot.power = INDICATOR_ON;
  } else if ((status & BUTTON_PRESSED) !== 0 && !slot.isOff && answer === 'accept') {
    slot.power = INDICATOR_BLINKS;
    platform.later({ kind: 'slot-button', port, device }, BLINK_MS);
  }
}

/** Nobody has taken the button back. */
export function switchSlotOff(port: PciPlace, platform: PcPlatform): void {
  const slot = slotOf(platform, port);
  if (slot?.isBlinking === true) slot.power = INDICATOR_OFF | POWER_OFF;
}
