import { QmpError } from '../base/errors.ts';
import type { BoardStage, Equipment, EquipmentWishes } from '../machine/board.ts';
import { addPart, addPciNic, addScsiDrives, nicValues } from '../machine/equip.ts';
import type { Machine } from '../machine/machine.ts';
import { usb } from '../machine/properties.ts';
import type { Bus } from '../qdev/bus.ts';
import { SpaprMachine } from './machine.ts';

const VIRTUAL_LAN = 'spapr-vlan';
/** The adapter's name, and what Linux calls its driver. */
const VIRTUAL_LAN_MODELS: readonly string[] = [VIRTUAL_LAN, 'ibmveth'];
const ADAPTERS: Readonly<Record<string, string>> = { std: 'VGA', cirrus: 'cirrus-vga' };

/** What a pseries machine has beyond what is always there: terminals, adapters for disks and networks, a display. */
class SpaprEquipment implements Equipment {
  constructor(
    private readonly machine: SpaprMachine,
    private readonly wishes: EquipmentWishes,
  ) {}

  add(stage: BoardStage): void {
    if (stage === 'terminals') this.#addTerminals();
    if (stage !== 'adapters') return;
    this.#addNics();
    this.#addScsiAdapters();
    const hasGraphics = this.#addDisplay();
    this.#addUsb(hasGraphics);
  }

  get #vio(): Bus {
    return this.machine.vioBus;
  }

  /** The bus of the first host bridge. */
  get #pci(): Bus {
    const bus = this.machine.phbAt(0)?.bus;
    if (bus === undefined) throw new Error('the first host bridge is not there yet');
    return bus;
  }

  #addTerminals(): void {
    for (const chardev of this.wishes.serials) {
      // As QEMU has it, those behind one that is left out are left out, too.
      if (chardev === undefined) return;
      addPart(this.machine, 'spapr-vty', this.#vio, { chardev });
    }
  }

  #addNics(): void {
    for (const slot of this.machine.network.slots) {
      if (VIRTUAL_LAN_MODELS.includes(slot.model ?? VIRTUAL_LAN))
        addPart(this.machine, VIRTUAL_LAN, this.#vio, nicValues(slot));
      else addPciNic(this.machine, slot, VIRTUAL_LAN, this.#pci);
    }
  }

  /** One for each bus that drives are on, or between those. */
  #addScsiAdapters(): void {
    const last = this.machine.blocks.slots.lastBus('scsi');
    for (let number = 0; number <= last; number++) {
      const [bus] = addPart(this.machine, 'spapr-vscsi', this.#vio).childBuses;
      if (bus !== undefined) addScsiDrives(this.machine, bus, number);
    }
  }

  /** @returns whether there is a display, be it one that the user brings */
  #addDisplay(): boolean {
    const { display } = this.wishes;
    if (display === 'none') return false;
    if (display === "user's") return true;
    const type = ADAPTERS[display];
    if (type === undefined)
      throw new QmpError('Unsupported VGA mode, only -vga std or -vga virtio is supported');
    addPart(this.machine, type, this.#pci);
    return true;
  }

  /** Who has a display wants to point at it. */
  #addUsb(hasGraphics: boolean): void {
    const { machine } = this;
    if (hasGraphics && this.wishes.hasDefaults && !machine.isSet(usb)) machine.setValue(usb, true);
    if (!machine.value(usb)) return;
    const [bus] = addPart(machine, machine.version.usbController, this.#pci).childBuses;
    if (bus === undefined || !hasGraphics) return;
    addPart(machine, 'usb-kbd', bus);
    addPart(machine, 'usb-mouse', bus);
  }
}

/** @param machine a pseries machine */
export function equip(machine: Machine, wishes: EquipmentWishes): Equipment {
  if (!(machine instanceof SpaprMachine)) throw new Error(`${machine.type.name} is no pseries machine`);
  return new SpaprEquipment(machine, wishes);
}
