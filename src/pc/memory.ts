import { memory } from '../machine/properties.ts';
import { MemoryRegion, WHOLE_SPACE } from '../memory/region.ts';
import { type MachineRam, placeRam } from '../objects/machine-ram.ts';
import { type Flash, mapFlash, settleFlash } from './flash.ts';
import type { PcMachine } from './machine.ts';
import { FOUR_GIB } from './ram-split.ts';

/** Of memory modules, bytes. */
const ALIGNMENT = 1n << 30n;
const ROM_ADDRESS = 0xc0000n;
const ROM_SIZE = 0x20000n;
/** The end of the BIOS also lies below 1 MiB, where a processor of the old kind starts. */
const ISA_BIOS_ADDRESS = 0xe0000n;
const ISA_BIOS_SIZE = 0x20000n;
const ROM_PRIORITY = 1;
/** The bus is seen where nothing else is. */
const PCI_PRIORITY = -1;

/** Places RAM and ROM in the machine's memory. */
export function addMemory(machine: PcMachine, ram: MachineRam): void {
  const { systemMemory } = machine;
  const { below4G, above4G } = machine.ramSplit;
  const owner = machine.system.unattached;
  const place = (label: string, offset: bigint, size: bigint, at: bigint) => {
    systemMemory.addSubregion(
      at,
      new MemoryRegion(owner, label, size, 'container', { target: ram.region, offset }),
    );
    placeRam(machine, ram, offset, size, at);
  };
  place('ram-below-4g', 0n, below4G, 0n);
  if (above4G > 0n) place('ram-above-4g', below4G, above4G, FOUR_GIB);
}

/** Where memory can be plugged: above all RAM, with room to align each module. */
export function addDeviceMemory(machine: PcMachine): void {
  const { size, slots, maxSize } = machine.value(memory);
  if (maxSize === size) return;
  const end = FOUR_GIB + machine.ramSplit.above4G;
  const base = ((end + ALIGNMENT - 1n) / ALIGNMENT) * ALIGNMENT;
  const room = machine.version.alignsModules ? slots * ALIGNMENT : 0n;
  machine.memoryDevices.reserve(base, maxSize - size + room);
}

/** The PCI bus as the processor's memory accesses reach it, with the ROMs on it. */
export function addPciMemory(machine: PcMachine): MemoryRegion {
  const owner = machine.system.unattached;
  const pci = new MemoryRegion(owner, 'pci', WHOLE_SPACE);
  machine.systemMemory.addSubregion(0n, pci, PCI_PRIORITY);
  return pci;
}

/** Firmware, in flash memory or in a ROM, and other ROMs. @throws QmpError */
export function addRoms(machine: PcMachine): void {
  const { pciMemory, system } = machine;
  const flash = settleFlash(machine);
  if (flash.length === 0) addBios(machine);
  else addFlashBios(machine, flash);
  const rom = new MemoryRegion(system.unattached, 'pc.rom', ROM_SIZE, 'rom');
  pciMemory.addSubregion(ROM_ADDRESS, rom, ROM_PRIORITY);
}

/** Firmware in flash memory, of which a copy of the end lies below 1 MiB. */
function addFlashBios(machine: PcMachine, flash: readonly Flash[]): void {
  mapFlash(machine, flash, FOUR_GIB);
  const whole = flash[0]?.memory.size ?? 0n;
  const size = whole < ISA_BIOS_SIZE ? whole : ISA_BIOS_SIZE;
  const copy = new MemoryRegion(machine.system.unattached, 'isa-bios', size, 'rom');
  machine.pciMemory.addSubregion(ISA_BIOS_ADDRESS + ISA_BIOS_SIZE - size, copy, ROM_PRIORITY);
}

function addBios({ pciMemory, process, system, version }: PcMachine): void {
  const owner = system.unattached;
  const { size } = version.firmware;
  const bios = new MemoryRegion(owner, 'pc.bios', size, 'rom');
  pciMemory.addSubregion(FOUR_GIB - size, bios);
  const isaBios = { target: bios, offset: size - ISA_BIOS_SIZE };
  const alias = new MemoryRegion(owner, 'isa-bios', ISA_BIOS_SIZE, 'container', isaBios);
  alias.readonly = true;
  pciMemory.addSubregion(ISA_BIOS_ADDRESS, alias, ROM_PRIORITY);
  process.addMemory(FOUR_GIB - size, size);
}
