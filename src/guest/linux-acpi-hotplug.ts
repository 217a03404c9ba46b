import type { PcPlatform, UnplugAnswer } from './platform.ts';

/** Registers of the machine's memory hotplug, offsets (QEMU, docs/specs/acpi_mem_hotplug). */
const MEMORY = { select: 0, ostEvent: 4, ostStatus: 8, control: 20 } as const;
/** And those of its processor hotplug (docs/specs/acpi_cpu_hotplug). */
const CPU = { select: 0, control: 4, command: 5, data: 8 } as const;
const CPU_COMMAND = { ostEvent: 1, ostStatus: 2 } as const;

/** Bits of status and control, the same for both. */
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

/** Takes memory into use that came to a slot, or lets go of it. */
export function serveMemorySlot(slot: number, platform: PcPlatform, answer: UnplugAnswer): void {
  const base = platform.tables().memoryHotplug?.port;
  if (base === undefined) return;
  platform.writePort(base + MEMORY.select, 4, slot);
  serve(platform, base + MEMORY.control, answer, (event, status) => {
    platform.writePort(base + MEMORY.ostEvent, 4, event);
    platform.writePort(base + MEMORY.ostStatus, 4, status);
  });
}

/** Takes a processor into use that came to a place, or lets go of it. */
export function serveProcessor(place: number, platform: PcPlatform, answer: UnplugAnswer): void {
  const base = platform.tables().cpuHotplug.port;
  platform.writePort(base + CPU.select, 4, place);
  serve(platform, base + CPU.control, answer, (event, status) => {
    platform.writePort(base + CPU.command, 1, CPU_COMMAND.ostEvent);
    platform.writePort(base + CPU.data, 4, event);
    platform.writePort(base + CPU.command, 1, CPU_COMMAND.ostStatus);
    platform.writePort(base + CPU.data, 4, status);
  });
}

/** Lets the machine know that the newer registers of processor hotplug are understood, as its tables' own code does. */
export function switchProcessorRegisters(platform: PcPlatform): void {
  platform.writePort(platform.tables().cpuHotplug.port + CPU.select, 4, 0);
}

/** Takes note of what came, and lets go of what is to leave; either way it says how it went. */
function serve(
  platform: PcPlatform,
  control: number,
  answer: UnplugAnswer,
  tell: (event: number, status: number) => void,
): void {
  const status = platform.readPort(control, 1);
  if ((status & INSERTING) !== 0) {
    platform.writePort(control, 1, INSERTING);
    tell(DEVICE_CHECK, SUCCESS);
  }
  if ((status & REMOVING) === 0 || answer === 'ignore') return;
  platform.writePort(control, 1, REMOVING);
  tell(EJECT_REQUEST, EJECT_IN_PROGRESS);
  if (answer === 'accept') platform.writePort(control, 1, EJECT);
  tell(EJECT_REQUEST, answer === 'accept' ? SUCCESS : DEVICE_BUSY);
}
