import type { GuestEvent, PcPlatform, UnplugAnswer } from './platform.ts';

/** Bits of the PM1 registers (ACPI 6.4, 4.8.3): the power button, and going to the sleep state S5. */
const PM1_POWER_BUTTON = 1 << 8;
const PM1_SLEEP_S5 = 1 << 13;
const PM1_ENABLE = 2;

/** The event that the DSDT handles with a look at the PCI hotplug registers. */
const GPE_PCI_HOTPLUG = 1 << 1;

/** Registers of the machine's PCI hotplug, offsets (QEMU, docs/specs/acpi_pci_hotplug). */
const PCI_UP = 0;
const PCI_DOWN = 4;
const PCI_EJECT = 8;
const PCI_SELECT = 16;

/** What Linux does on a PC with ACPI: it answers every request at once. */
export function handleOnPc(event: GuestEvent, platform: PcPlatform, answer: UnplugAnswer): void {
  switch (event.kind) {
    case 'boot':
      takeOver(platform);
      return;
    case 'sci':
      serveFixedEvents(platform);
      serveGeneralEvents(platform, answer);
  }
}

/** Into ACPI mode: whatever is pending is forgotten, then events are let through. */
function takeOver(platform: PcPlatform): void {
  const { smiCommand, enableCommand, pm1Event, gpe0, gpe0Length } = platform.tables();
  platform.writePort(smiCommand, 1, enableCommand);
  platform.writePort(pm1Event, 2, 0xffff);
  for (let byte = 0; byte < gpe0Length / 2; byte++) platform.writePort(gpe0 + byte, 1, 0xff);
  platform.writePort(pm1Event + PM1_ENABLE, 2, PM1_POWER_BUTTON);
  platform.writePort(gpe0 + gpe0Length / 2, 1, GPE_PCI_HOTPLUG);
}

function serveFixedEvents(platform: PcPlatform): void {
  const { pm1Event, pm1Control } = platform.tables();
  if ((platform.readPort(pm1Event, 2) & PM1_POWER_BUTTON) === 0) return;
  platform.writePort(pm1Event, 2, PM1_POWER_BUTTON);
  platform.writePort(pm1Control, 2, platform.readPort(pm1Control, 2) | PM1_SLEEP_S5);
}

function serveGeneralEvents(platform: PcPlatform, answer: UnplugAnswer): void {
  const { gpe0 } = platform.tables();
  if ((platform.readPort(gpe0, 1) & GPE_PCI_HOTPLUG) === 0) return;
  platform.writePort(gpe0, 1, GPE_PCI_HOTPLUG);
  for (const bus of platform.tables().hotplugBuses) servePciBus(platform, bus, answer);
}

/** Takes note of what came, and lets go of what is to leave; ACPI knows no way of saying no. */
function servePciBus(platform: PcPlatform, bus: number, answer: UnplugAnswer): void {
  const { pciHotplug } = platform.tables();
  platform.writePort(pciHotplug + PCI_SELECT, 4, bus);
  platform.readPort(pciHotplug + PCI_UP, 4);
  if (answer !== 'accept') return;
  const leaving = platform.readPort(pciHotplug + PCI_DOWN, 4);
  for (let slot = 0; slot < 32; slot++) {
    if (((leaving >>> slot) & 1) === 1) platform.writePort(pciHotplug + PCI_EJECT, 4, (1 << slot) >>> 0);
  }
}
