import { addPorts, Part, type PartPlan } from '../isa/part.ts';
import { keyboardLink, timerLink } from '../isa/types.ts';
import { MemoryRegion } from '../memory/region.ts';
import { Bus } from '../qdev/bus.ts';
import type { Device } from '../qdev/device.ts';
import type { LinkProperty } from '../qdev/link-property.ts';
import type { PcMachine } from './machine.ts';
import { keyboardController, vmport } from './machine-properties.ts';
import { timeProperty } from './time-property.ts';

const DMA_CONTROLLERS: readonly PartPlan[] = [
  {
    type: 'i8257',
    values: { base: 0x00, 'page-base': 0x80, 'pageh-base': -1, dshift: 0 },
    registers: [
      ['dma-chan', 8, 0x00],
      ['dma-page', 3, 0x81],
      ['dma-page', 1, 0x87],
      ['dma-cont', 8, 0x08],
    ],
  },
  {
    type: 'i8257',
    values: { base: 0xc0, 'page-base': 0x88, 'pageh-base': -1, dshift: 1 },
    registers: [
      ['dma-chan', 16, 0xc0],
      ['dma-page', 3, 0x89],
      ['dma-page', 1, 0x8f],
      ['dma-cont', 16, 0xd0],
    ],
  },
];

const INTERRUPT_CONTROLLERS: readonly PartPlan[] = [
  {
    type: 'isa-i8259',
    values: { iobase: 0x20, elcr_addr: 0x4d0, elcr_mask: 0xf8, master: true },
    registers: [
      ['pic', 2, 0x20],
      ['elcr', 1, 0x4d0],
    ],
  },
  {
    type: 'isa-i8259',
    values: { iobase: 0xa0, elcr_addr: 0x4d1, elcr_mask: 0xde, master: false },
    registers: [
      ['pic', 2, 0xa0],
      ['elcr', 1, 0x4d1],
    ],
  },
];

const CLOCK: PartPlan = { type: 'mc146818rtc', values: { base_year: 0 } };
const CLOCK_PORT = 0x70n;

const TIMER: PartPlan = { type: 'isa-pit', values: { iobase: 0x40 }, registers: [['pit', 4, 0x40]] };
const SPEAKER: PartPlan = { type: 'isa-pcspk' };

const FLOPPY: PartPlan = { type: 'isa-fdc' };

const KEYBOARD: PartPlan = { type: 'i8042' };

const VMPORT: PartPlan = { type: 'vmport', registers: [['vmport', 1, 0x5658]] };
const VMMOUSE: PartPlan = { type: 'vmmouse' };
const PORT92: PartPlan = { type: 'port92' };

/** The ISA bus below the southbridge, with what of the original PC is on it. */
export class IsaBus {
  readonly bus: Bus;

  /** @param bridge the southbridge, which becomes the bus's owner */
  constructor(
    private readonly machine: PcMachine,
    bridge: Device,
  ) {
    this.bus = new Bus(bridge.type.registry.require('ISA'), 'isa.0', bridge);
  }

  addDmaControllers(): void {
    for (const plan of DMA_CONTROLLERS) this.#add(plan);
  }

  addInterruptControllers(): void {
    for (const plan of INTERRUPT_CONTROLLERS) this.#add(plan);
  }

  /** @returns the clock */
  addClock(): Device {
    const clock = this.#add(CLOCK);
    const registers = new MemoryRegion(clock, 'rtc', 2n, 'io');
    registers.addSubregion(0n, new MemoryRegion(clock, 'rtc-index', 1n, 'io'));
    this.machine.portMemory.addSubregion(CLOCK_PORT, registers);
    clock.addProperty(timeProperty('date', this.machine));
    return clock;
  }

  addTimerAndSpeaker(): void {
    const timer = this.#add(TIMER);
    this.#add(SPEAKER, [timerLink, timer]);
  }

  /** @param floppy whether the machine has a floppy controller of its own */
  addInputOutput(floppy: boolean): void {
    this.machine.equipment?.add('ports');
    if (floppy) this.#add(FLOPPY);
    this.machine.equipment?.add('floppies');
    if (!this.machine.value(keyboardController)) return;
    const keyboard = this.#add(KEYBOARD);
    for (const part of keyboard.parts()) part.realize(this.machine.system.mainBus);
    if (this.machine.value(vmport) !== 'off') {
      this.#add(VMPORT);
      this.#add(VMMOUSE, [keyboardLink, keyboard]);
    }
    this.#add(PORT92);
  }

  #add({ type, values = {}, registers = [] }: PartPlan, link?: readonly [LinkProperty, Device]): Part {
    const part = this.bus.type.registry.create(type);
    if (!(part instanceof Part)) throw new Error(`${type} is no part of a PC`);
    part.setValues(values);
    if (link !== undefined) part.setValue(...link);
    this.machine.addPlatformDevice(part, this.bus);
    part.placePorts(this.machine.portMemory);
    addPorts(part, this.machine.portMemory, registers);
    return part;
  }
}
