import { QmpError } from '../base/errors.ts';
import type { AcpiTables } from '../guest/platform.ts';
import type { MemoryRegion, RegisterAccess } from '../memory/region.ts';
import type { Property } from '../qom/property.ts';
import { AcpiCpuHotplug } from './acpi-cpu-hotplug.ts';
import { AcpiMemoryHotplug, MEMORY_HOTPLUG_SIZE } from './acpi-memory-hotplug.ts';
import { AcpiRegisters } from './acpi-registers.ts';
import type { PcMachine } from './machine.ts';

/** Event 1 of the general-purpose ones is handled with a look at the PCI hotplug registers. */
export const GPE_PCI_HOTPLUG = 1 << 1;
/** Event 2 with one at those of processor hotplug. */
const GPE_CPU_HOTPLUG = 1 << 2;
/** And event 3 with one at those of memory hotplug. */
const GPE_MEMORY_HOTPLUG = 1 << 3;
/** The port at which those are. */
const MEMORY_HOTPLUG = 0xa00;

/** A port whose writes reset the machine (Intel PIIX3, 2.5.7: RC; likewise on ICH9). */
const RESET_CPU = 1 << 2;

/** A southbridge's power management, as the machine and its firmware use it. */
export interface PowerManagement {
  readonly acpi: AcpiRegisters;
  readonly memoryHotplug: AcpiMemoryHotplug;
  readonly cpuHotplug: AcpiCpuHotplug;
  /** Where firmware has put everything. */
  readonly tables: AcpiTables;
}

export function createAcpiRegisters(machine: PcMachine): AcpiRegisters {
  return new AcpiRegisters({
    interrupt: cause => machine.notifyGuest({ kind: 'sci', ...cause }),
    powerOff: () => machine.shutdown('guest-shutdown'),
  });
}

/** @param place makes the registers, which a machine without slots does not have */
export function createMemoryHotplug(
  machine: PcMachine,
  acpi: AcpiRegisters,
  place: (label: string, size: bigint, port: number) => MemoryRegion,
): AcpiMemoryHotplug {
  const hotplug = new AcpiMemoryHotplug(machine, cause => acpi.raise(GPE_MEMORY_HOTPLUG, cause));
  if (hotplug.slotCount > 0)
    place('acpi-mem-hotplug', BigInt(MEMORY_HOTPLUG_SIZE), MEMORY_HOTPLUG).registers = hotplug.registers;
  return hotplug;
}

/** @param region of its registers, the old ones */
export function createCpuHotplug(
  machine: PcMachine,
  acpi: AcpiRegisters,
  region: MemoryRegion,
): AcpiCpuHotplug {
  return new AcpiCpuHotplug(machine, region, cause => acpi.raise(GPE_CPU_HOTPLUG, cause));
}

/** Whether the guest has the old registers still; who clears it switches over. */
export function legacyCpuHotplug(hotplug: () => AcpiCpuHotplug | undefined): Property {
  const name = 'cpu-hotplug-legacy';
  return {
    name,
    type: 'bool',
    get: () => hotplug()?.isLegacy ?? true,
    set: (_object, visitor) => {
      // QEMU ends itself here.
      if (visitor.bool(name)) throw new QmpError(`Property '${name}' can't be set again`);
      hotplug()?.switchOver();
    },
  };
}

/** Where the ACPI tables say that the registers of memory hotplug are. */
export function memoryHotplugTable({ slotCount }: AcpiMemoryHotplug): AcpiTables['memoryHotplug'] {
  return slotCount === 0 ? undefined : { port: MEMORY_HOTPLUG, slots: slotCount };
}

/** The port by which system software asks firmware to switch ACPI mode on or off. */
export function connectCommandPort(
  region: MemoryRegion,
  acpi: AcpiRegisters,
  commands: { readonly enable: number; readonly disable: number },
): void {
  region.registers = {
    read: () => 0,
    write: (offset, _size, value) => {
      if (offset > 0) return;
      if (value === commands.enable) acpi.acpiMode = true;
      if (value === commands.disable) acpi.acpiMode = false;
    },
  };
}

export function resetPort(machine: PcMachine): RegisterAccess {
  return {
    read: () => 0,
    write: (_offset, _size, value) => {
      if ((value & RESET_CPU) !== 0) machine.reset('guest-reset');
    },
  };
}
