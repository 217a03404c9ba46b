import { QmpError } from '../base/errors.ts';
import { Part } from '../isa/part.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { drive } from '../qdev/backend-properties.ts';
import type { Medium } from '../qdev/backends.ts';
import { bit, bool, str, uint8, uint16, uint32, uint64 } from '../qdev/properties.ts';
import type { QomObject } from '../qom/object.ts';
import { aliasProperty } from '../qom/property.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { JsonVisitor, TextVisitor } from '../qom/visitor.ts';
import type { PcMachine } from './machine.ts';

const CHIPS = 2;
const SECTOR_SIZE = 4096n;
const MAX_FIRMWARE = 8n << 20n;

const blocks = uint32('num-blocks', 0);
const label = str('name');

/** A chip of flash memory with Intel's command set (JEDEC JEP137, command set 0001). */
export class Flash extends Part {
  #registers: MemoryRegion | undefined;

  /** What is in it; undefined for a chip that is not there. */
  get content(): Medium | undefined {
    return this.value(drive);
  }

  /** Its memory, where it appears at addresses. @throws Error before the chip is realized */
  get memory(): MemoryRegion {
    if (this.#registers === undefined) throw new Error('flash memory is not realized');
    return this.#registers;
  }

  protected override onRealize(): void {
    super.onRealize();
    const { content } = this;
    const size = BigInt(this.value(blocks)) * SECTOR_SIZE;
    this.#registers = this.addMmio(this.value(label) ?? '', size, 'romd');
    content?.open({ write: !content.readOnly, shareWrites: false, shareResize: true });
  }
}

/** Puts empty chips on a PC, or on a sample of one, with properties by which the user fills them. */
export function addFlash(machine: QomObject): void {
  for (let number = 0; number < CHIPS; number++) {
    const name = `system.flash${number}`;
    const chip = machine.type.registry.create('cfi.pflash01');
    machine.addChild(name, chip);
    const values = { 'sector-length': SECTOR_SIZE, width: 1, name };
    for (const [property, value] of Object.entries(values))
      chip.setProperty(property, new JsonVisitor(value));
    machine.addProperty(aliasProperty(pflash(number), chip, 'drive'));
  }
}

/**
 * Fills the chips with drives, and takes those away that stay empty.
 * @returns those with something in them, the one that ends at 4 GiB first
 * @throws QmpError
 */
export function settleFlash(machine: PcMachine): readonly Flash[] {
  const chips = Array.from({ length: CHIPS }, (_, number) => machine.children.get(`system.flash${number}`));
  for (const [number, chip] of chips.entries()) {
    const slot = machine.blocks.slots.byIndex('pflash', number);
    if (slot === undefined || !(chip instanceof Flash)) continue;
    if (chip.content !== undefined) throw new QmpError('clashes with -machine').at(slot.location);
    chip.setProperty('drive', new TextVisitor(slot.id));
  }
  const filled = chips.filter(chip => chip instanceof Flash).filter(({ content }) => content !== undefined);
  if (filled.length > 0 && filled[0] !== chips[0]) throw new QmpError('pflash1 requires pflash0');
  for (const [number, chip] of chips.entries()) {
    if (!(chip instanceof Flash) || filled.includes(chip)) continue;
    machine.removeProperty(pflash(number));
    chip.discard();
  }
  return filled;
}

function pflash(number: number): string {
  return `pflash${number}`;
}

/**
 * Places chips below 4 GiB, one below the other.
 * @param end where the first one ends
 * @throws QmpError for content that is no firmware
 */
export function mapFlash(machine: PcMachine, chips: readonly Flash[], end: bigint): void {
  let total = 0n;
  for (const chip of chips) {
    const size = firmwareSize(machine, chip);
    total += size;
    if (total > MAX_FIRMWARE)
      throw new QmpError(`combined size of system firmware exceeds ${MAX_FIRMWARE} bytes`);
    chip.setValue(blocks, Number(size / SECTOR_SIZE));
    chip.realize(machine.system.mainBus);
    machine.systemMemory.addSubregion(end - total, chip.memory);
  }
}

function firmwareSize(machine: PcMachine, { content }: Flash): bigint {
  const name = content?.backendName ?? '';
  if (content?.present !== true)
    throw new QmpError(`can't get size of block device ${name}: No medium found`);
  if (content.size > 0n && content.size % SECTOR_SIZE === 0n) return content.size;
  machine.environment.report(`system firmware block device ${name} has invalid size ${content.size}`);
  throw new QmpError(`info: its size must be a non-zero multiple of 0x${SECTOR_SIZE.toString(16)}`);
}

export const FLASH_TYPES: readonly TypeInfo[] = [
  {
    name: 'cfi.pflash01',
    parent: 'sys-bus-device',
    properties: [
      drive,
      blocks,
      uint64('sector-length', 0n),
      uint8('width', 0),
      uint8('device-width', 0),
      uint8('max-device-width', 0),
      bit('big-endian', false),
      bit('secure', false),
      ...[0, 1, 2, 3].map(number => uint16(`id${number}`, 0)),
      label,
      bool('old-multiple-chip-handling', false),
    ],
    create: (type: QomType) => new Flash(type),
    class: { category: 'storage', userCreatable: false, media: 'silent' },
  },
];
