import type { PcPlatform, UnplugAnswer } from './platform.ts';

/** Registers of the machine's memory hotplug, offsets (QEMU, docs/specs/acpi_mem_hotplug). */
const SELECT = 0;
const OST_EVENT = 4;
const OST_STATUS = 8;
const CONTROL = 20;

const INSERTING = 2;
const REMOVING = 4;
const EJECT = 8;

/** What a notification was about (ACPI 6.4, 5.6.6). */
const DEVICE_CHECK = 1;
const EJECT_REQUEST = 3;

/** What came of it (6.3.5). */
const SUCCESS = 0;
const DEVICE_BUSY = 0x82;
const EJECT_IN_PROGRESS = 0x84;

/** Brings memory into use that came to a slot, and lets go of what is to leave; either way it says how it went. */
export function serveMemorySlot(slot: number, platform: PcPlatform, answer: UnplugAnswer): void {
  const base = platform.tables().memoryHotplug?.port;
  if (base === undefined) return;
  const control = (value: number) => platform.writePort(base + CONTROL, 1, value);
  const tell = (event: number, status: number) => {
    platform.writePort(base + OST_EVENT, 4, event);
    platform.writePort(base + OST_STATUS, 4, status);
  };
  platform.writePort(base + SELECT, 4, slot);
  const status = platform.readPort(base + CONTROL, 1);
  if ((status & INSERTING) !== 0) {
    control(INSERTING);
    tell(DEVICE_CHECK, SUCCESS);
  }
  if ((status & REMOVING) === 0 || answer === 'ignore') return;
  control(REMOVING);
  tell(EJECT_REQUEST, EJECT_IN_PROGRESS);
  if (answer === 'accept') control(EJECT);
  tell(EJECT_REQUEST, answer === 'accept' ? SUCCESS : DEVICE_BUSY);
}
