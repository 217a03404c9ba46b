import { QmpError } from '../base/errors.ts';
import { IdeBus } from '../ide/bus.ts';
import type { BoardStage, Equipment, EquipmentWishes } from '../machine/board.ts';
import { addPart, addPciNic } from '../machine/equip.ts';
import type { Machine } from '../machine/machine.ts';
import { usb } from '../machine/properties.ts';
import { devfnOf } from '../pci/devfn.ts';
import type { Bus } from '../qdev/bus.ts';
import { findBusOfType } from '../qdev/bus-path.ts';
import { PcMachine } from './machine.ts';

const ADAPTERS = { std: 'VGA', cirrus: 'cirrus-vga', vmware: 'vmware-svga', virtio: 'virtio-vga' } as const;
/** Serial ports of the original PC; others that the user speaks of are nowhere. */
const SERIAL_PORTS = 4;
const FLOPPY_DRIVES = 2;
/** Function of the PIIX3 that is a USB controller. */
const PIIX_USB = devfnOf(1, 2);
const ICH9_EHCI = devfnOf(29, 7);
const ICH9_COMPANIONS = 3;

/** What a PC has beyond what is always there: ports, drives, adapters for displays and networks, USB. */
class PcEquipment implements Equipment {
  constructor(
    private readonly machine: PcMachine,
    private readonly wishes: EquipmentWishes,
  ) {}

  add(stage: BoardStage): void {
    switch (stage) {
      case 'ports':
        this.#addPorts();
        break;
      case 'display':
        this.#addDisplay();
        break;
      case 'floppies':
        this.#addFloppies();
        break;
      case 'adapters':
        this.#addNics();
        break;
      case 'disks':
        this.#addDisks();
        break;
      case 'usb':
        this.#addUsb();
        break;
      case 'terminals':
    }
  }

  #bus(type: string): Bus {
    const bus = findBusOfType(this.machine.system.mainBus, type);
    if (bus === undefined) throw new Error(`no ${type} bus`);
    return bus;
  }

  /** The bus of the host bridge: the only one while the board is being built. */
  get #pci(): Bus {
    return this.#bus('PCI');
  }

  #addPorts(): void {
    const { serials, parallels } = this.wishes;
    const isa = this.#bus('ISA');
    for (const [index, chardev] of serials.slice(0, SERIAL_PORTS).entries())
      if (chardev !== undefined) addPart(this.machine, 'isa-serial', isa, { index, chardev });
    for (const [index, chardev] of parallels.entries())
      if (chardev !== undefined) addPart(this.machine, 'isa-parallel', isa, { index, chardev });
  }

  #addFloppies(): void {
    for (const { bus, unit, id } of this.machine.blocks.slots.of('floppy')) {
      if (bus !== 0 || unit >= FLOPPY_DRIVES) continue;
      addPart(this.machine, 'floppy', this.#bus('floppy-bus'), { unit, drive: id });
    }
  }

  #addDisks(): void {
    const controllers = this.#pci.devices;
    const cables = controllers.flatMap(({ childBuses }) => childBuses.filter(bus => bus instanceof IdeBus));
    for (const { bus: number, unit, media, id } of this.machine.blocks.slots.of('ide')) {
      const cable = cables[number];
      if (cable === undefined) continue;
      addPart(this.machine, media === 'cdrom' ? 'ide-cd' : 'ide-hd', cable, { unit, drive: id });
    }
  }

  #addDisplay(): void {
    const { display } = this.wishes;
    if (display === 'none' || display === "user's") return;
    addPart(this.machine, ADAPTERS[display], this.#pci);
  }

  #addNics(): void {
    const { isExpress, version, network } = this.machine;
    for (const slot of network.slots) {
      if (slot.model === 'ne2k_isa') throw new QmpError("NIC model 'ne2k_isa' is not simulated");
      addPciNic(this.machine, slot, isExpress ? version.expressNic : 'e1000', this.#pci);
    }
  }

  #addUsb(): void {
    const { machine } = this;
    if (!machine.value(usb)) return;
    if (!machine.isExpress) {
      addPart(machine, 'piix3-usb-uhci', this.#pci, { addr: PIIX_USB });
      return;
    }
    const add = (type: string, devfn: number, values: Readonly<Record<string, string | number>> = {}) =>
      addPart(machine, type, this.#pci, { addr: devfn, multifunction: true, ...values });
    const [bus] = add('ich9-usb-ehci1', ICH9_EHCI).childBuses;
    for (let number = 0; number < ICH9_COMPANIONS; number++) {
      const values = { masterbus: bus?.busName ?? '', firstport: 2 * number };
      add(`ich9-usb-uhci${number + 1}`, devfnOf(29, number), values);
    }
  }
}

/** @param machine a PC */
export function equip(machine: Machine, wishes: EquipmentWishes): Equipment {
  if (!(machine instanceof PcMachine)) throw new Error(`${machine.type.name} is no PC`);
  return new PcEquipment(machine, wishes);
}
