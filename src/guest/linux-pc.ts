import { serveMemorySlot, serveProcessor, switchProcessorRegisters } from './linux-acpi-hotplug.ts';
import { serveSlot, switchSlotOff, takeSlots } from './linux-pciehp.ts';
import { refreshContexts, startRemapping } from './linux-vtd.ts';
import type { AcpiPlace, GuestEvent, IommuPolicy, PcPlatform, UnplugAnswer } from './platform.ts';

/** Bits of the PM1 registers (ACPI 6.4, 4.8.3): the power button, and going to the sleep state S5. */
const PM1_POWER_BUTTON = 1 << 8;
const PM1_SLEEP_S5 = 1 << 13;
const PM1_ENABLE = 2;

/** The events that the DSDT handles with a look at the registers of PCI, processor and memory hotplug. */
const GPE_PCI_HOTPLUG = 1 << 1;
const GPE_CPU_HOTPLUG = 1 << 2;
const GPE_MEMORY_HOTPLUG = 1 << 3;

/** Registers of the machine's PCI hotplug, offsets (QEMU, docs/specs/acpi_pci_hotplug). */
const PCI_UP = 0;
const PCI_DOWN = 4;
const PCI_EJECT = 8;
const PCI_SELECT = 16;
const ALL_SLOTS = 0xffffffff;

/** What Linux does on a PC with ACPI: it answers every request at once. */
export function handleOnPc(
  event: GuestEvent,
  platform: PcPlatform,
  answer: UnplugAnswer,
  iommu: IommuPolicy,
): void {
  react(event, platform, answer);
  if (event.kind === 'boot') startRemapping(platform, iommu);
  else refreshContexts(platform, iommu);
}

function react(event: GuestEvent, platform: PcPlatform, answer: UnplugAnswer): void {
  switch (event.kind) {
    case 'boot':
      takeOver(platform);
      takeSlots(platform);
      return;
    case 'sci':
      serveFixedEvents(platform);
      serveGeneralEvents(platform, answer, event.place);
      return;
    case 'slot':
      serveSlot(event.port, event.device, platform, answer);
      return;
    case 'slot-button':
      switchSlotOff(event.port, platform);
  }
}

/** Into ACPI mode: whatever is pending is forgotten, then events are let through. */
function takeOver(platform: PcPlatform): void {
  const { smiCommand, enableCommand, pm1Event, gpe0, gpe0Length } = platform.tables();
  platform.writePort(smiCommand, 1, enableCommand);
  switchProcessorRegisters(platform);
  platform.writePort(pm1Event, 2, 0xffff);
  for (let byte = 0; byte < gpe0Length / 2; byte++) platform.writePort(gpe0 + byte, 1, 0xff);
  platform.writePort(pm1Event + PM1_ENABLE, 2, PM1_POWER_BUTTON);
  platform.writePort(gpe0 + gpe0Length / 2, 1, GPE_PCI_HOTPLUG | GPE_CPU_HOTPLUG | GPE_MEMORY_HOTPLUG);
}

function serveFixedEvents(platform: PcPlatform): void {
  const { pm1Event, pm1Control } = platform.tables();
  if ((platform.readPort(pm1Event, 2) & PM1_POWER_BUTTON) === 0) return;
  platform.writePort(pm1Event, 2, PM1_POWER_BUTTON);
  platform.writePort(pm1Control, 2, platform.readPort(pm1Control, 2) | PM1_SLEEP_S5);
}

/** @param place the only one to look at, for a guest that behaves in its own way towards the device there */
function serveGeneralEvents(platform: PcPlatform, answer: UnplugAnswer, place: AcpiPlace | undefined): void {
  if (place === undefined) serveAll(platform, answer);
  else if ('bus' in place) {
    acknowledge(platform, GPE_PCI_HOTPLUG);
    servePciBus(platform, place.bus, answer, 1 << (place.devfn >> 3));
  } else if ('processor' in place) {
    acknowledge(platform, GPE_CPU_HOTPLUG);
    serveProcessor(place.processor, platform, answer);
  } else {
    acknowledge(platform, GPE_MEMORY_HOTPLUG);
    serveMemorySlot(place.memorySlot, platform, answer);
  }
}

function serveAll(platform: PcPlatform, answer: UnplugAnswer): void {
  const { gpe0, hotplugBuses, cpuHotplug, memoryHotplug } = platform.tables();
  const events = platform.readPort(gpe0, 1);
  acknowledge(platform, events);
  if ((events & GPE_PCI_HOTPLUG) !== 0)
    for (const bus of hotplugBuses) servePciBus(platform, bus, answer, ALL_SLOTS);
  if ((events & GPE_CPU_HOTPLUG) !== 0) {
    for (let place = 0; place < cpuHotplug.places; place++) serveProcessor(place, platform, answer);
  }
  if ((events & GPE_MEMORY_HOTPLUG) !== 0) {
    for (let slot = 0; slot < (memoryHotplug?.slots ?? 0); slot++) serveMemorySlot(slot, platform, answer);
  }
}

function acknowledge(platform: PcPlatform, events: number): void {
  platform.writePort(platform.tables().gpe0, 1, events);
}

/** Takes note of what came, and lets go of what is to leave; ACPI knows no way of saying no. */
function servePciBus(platform: PcPlatform, bus: number, answer: UnplugAnswer, slots: number): void {
  const { pciHotplug } = platform.tables();
  platform.writePort(pciHotplug + PCI_SELECT, 4, bus);
  platform.readPort(pciHotplug + PCI_UP, 4);
  if (answer !== 'accept') return;
  const leaving = platform.readPort(pciHotplug + PCI_DOWN, 4) & slots;
  for (let slot = 0; slot < 32; slot++) {
    if (((leaving >>> slot) & 1) === 1) platform.writePort(pciHotplug + PCI_EJECT, 4, (1 << slot) >>> 0);
  }
}
