import { MemoryRegion } from '../memory/region.ts';
import type { QomObject } from '../qom/object.ts';

/** The attribute registers of the segments, seven bytes; each holds two segments, the first only one. */
export const PAM_REGISTERS = 7;

const FIRST_SEGMENT = 0xc0000n;
const SEGMENT_SIZE = 0x4000n;
const BIOS_SEGMENT = 0xf0000n;
const BIOS_SEGMENT_SIZE = 0x10000n;
/**
 * What a segment's attribute says is on top: bit 0 memory is read, bit 1 memory is written. QEMU makes no
 * difference between reading and writing, and shows RAM where the bus would be read and RAM written.
 */
const MODES = [
  { label: 'pam-pci', target: 'pci' },
  { label: 'pam-rom', target: 'ram' },
  { label: 'pam-pci', target: 'ram' },
  { label: 'pam-ram', target: 'ram' },
] as const;
const PRIORITY = 1;

/**
 * The thirteen segments between 768 KiB and 1 MiB, of which each shows RAM, RAM that cannot be written, or
 * what is on the PCI bus: the ROMs (Intel 440FX, 3.2.18: programmable attribute map).
 */
export class ProgrammableAttributeMap {
  /** One set of four a segment, by mode; the first segment is that of the system BIOS. */
  readonly #segments: readonly (readonly MemoryRegion[])[];
  readonly #modes: number[] = [];

  constructor(
    owner: QomObject,
    private readonly system: MemoryRegion,
    ram: MemoryRegion,
    pci: MemoryRegion,
  ) {
    const bounds: (readonly [address: bigint, size: bigint])[] = [[BIOS_SEGMENT, BIOS_SEGMENT_SIZE]];
    for (let at = FIRST_SEGMENT; at < BIOS_SEGMENT; at += SEGMENT_SIZE) bounds.push([at, SEGMENT_SIZE]);
    this.#segments = bounds.map(([offset, size]) =>
      MODES.map(({ label, target }, mode) => {
        const region = target === 'pci' ? pci : ram;
        const alias = new MemoryRegion(owner, label, size, 'container', { target: region, offset });
        alias.readonly = label === 'pam-rom';
        alias.enabled = mode === 0;
        system.addSubregion(offset, alias, PRIORITY);
        return alias;
      }),
    );
  }

  /** @param register 0 to 6 */
  set(register: number, value: number): void {
    this.system.asOneChange(() => {
      if (register > 0) this.#setMode(2 * register - 1, value & 3);
      this.#setMode(2 * register, (value >> 4) & 3);
    });
  }

  reset(): void {
    this.system.asOneChange(() => {
      for (let register = 0; register < PAM_REGISTERS; register++) this.set(register, 0);
    });
  }

  #setMode(segment: number, mode: number): void {
    if ((this.#modes[segment] ?? 0) === mode) return;
    this.#modes[segment] = mode;
    this.#segments[segment]?.forEach((alias, each) => {
      alias.enabled = each === mode;
    });
  }
}
