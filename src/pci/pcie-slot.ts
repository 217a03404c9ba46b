import { QmpError } from '../base/errors.ts';
import type { Bus } from '../qdev/bus.ts';
import { bit, bool, uint8, uint16 } from '../qdev/properties.ts';
import type { ConfigSpace } from './config-space.ts';
import type { PciDevice } from './device.ts';
import { PciBridge } from './pci-bridge.ts';
import { PcieHotplug } from './pcie-hotplug.ts';
import './port-types.ts';

/** Where the PCI Express capability is, and what it is known by. */
const EXPRESS = 0x90;
const EXPRESS_ID = 0x10;
/** Offsets of the slot's registers in it (PCI Express 4.0, 7.5.3). */
const FLAGS = 0x02;
const SLOT_CAPABILITIES = 0x14;
const SLOT_CONTROL = 0x18;
const SLOT_STATUS = 0x1a;

/** Capability version 2, with a slot. */
const SLOT_IMPLEMENTED = 0x0102;
/** Attention button, attention indicator, power indicator, electromechanical interlock. */
const EQUIPMENT = 1 | (1 << 3) | (1 << 4) | (1 << 17);
const POWER_CONTROLLER = 1 << 1;
/** Also that cards may go without a word. */
const HOTPLUG_CAPABLE = (1 << 5) | (1 << 6);
const SLOT_NUMBER_SHIFT = 19;

/** Slot control: what is told of by an interrupt, the power indicator, the power itself. */
const BUTTON_ENABLE = 1;
const PRESENCE_ENABLE = 1 << 3;
const INTERRUPT_ENABLE = 1 << 5;
const INDICATOR = 3 << 8;
const INDICATOR_ON = 1 << 8;
const INDICATOR_BLINKS = 2 << 8;
const INDICATOR_OFF = 3 << 8;
const POWER_OFF = 1 << 10;

/** Slot status; the first two are cleared by writing them. */
const BUTTON_PRESSED = 1;
const PRESENCE_CHANGED = 1 << 3;
const PRESENT = 1 << 6;

const PORT_TYPE_SHIFT = 4;

const hotplug = bool('hotplug', true);
const nativeHotplug = bool('x-native-hotplug', true);
const slotNumber = uint16('slot', 0);
const chassis = uint8('chassis', 0);
export const powerController = bit('power_controller_present', true);

export const SLOT_PROPERTIES = [chassis, slotNumber, hotplug, nativeHotplug] as const;

/** EBUSY, as the message has it. */
const SLOT_TAKEN = -16;

/** A port with a slot below it: of the root complex, or of a switch. */
export class PcieSlot extends PciBridge {
  readonly #controller = new PcieHotplug(this);
  #wasOff = true;

  protected override get ownHotplug(): PcieHotplug {
    return this.#controller;
  }

  /** Whether anything can come or go here while the machine is up, be it by other means than the slot's. */
  override get takesHotplug(): boolean {
    return this.value(hotplug);
  }

  /** Whether the slot's own registers serve hotplug. */
  get isHotplugCapable(): boolean {
    return this.value(hotplug) && this.value(nativeHotplug);
  }

  get isBlinking(): boolean {
    return (this.#control & INDICATOR) === INDICATOR_BLINKS;
  }

  /** Whether the guest has switched the slot off. */
  get isOff(): boolean {
    return (this.#control & (INDICATOR | POWER_OFF)) === (INDICATOR_OFF | POWER_OFF);
  }

  setPresence(present: boolean): void {
    const status = this.config.read(EXPRESS + SLOT_STATUS, 2);
    this.#defineStatus(present ? status | PRESENT : status & ~PRESENT);
  }

  /** A card is put in, and the button pressed. */
  cardArrived(device: PciDevice): void {
    this.setPresence(true);
    this.#happened(PRESENCE_CHANGED | BUTTON_PRESSED, device);
  }

  pressButton(device: PciDevice): void {
    this.#happened(BUTTON_PRESSED, device);
  }

  /** Everything in the slot goes. */
  empty(): void {
    for (const device of this.secondaryBus.functions) device.remove();
    this.setPresence(false);
  }

  protected override onPciRealize(): void {
    this.#checkChassis();
    super.onPciRealize();
  }

  /** Slots are told apart by their chassis and their number in it. */
  #checkChassis(): void {
    for (const port of portsBelow(this.system.mainBus)) {
      const same =
        port.value(chassis) === this.value(chassis) && port.value(slotNumber) === this.value(slotNumber);
      if (same && port !== this) throw new QmpError(`Can't add chassis slot, error ${SLOT_TAKEN}`);
    }
  }

  /** An empty slot is without power. */
  override onReset(): void {
    super.onReset();
    // What is in the slot now decides, not what is there when somebody looks.
    this.#wasOff = this.isOff;
  }

  protected override defineConfig(config: ConfigSpace): void {
    super.defineConfig(config);
    const occupied = this.secondaryBus.at(0) !== undefined;
    const hasPower = occupied || !this.value(powerController);
    const number = (this.value(slotNumber) & 0x1fff) << SLOT_NUMBER_SHIFT;
    const power = this.value(powerController) ? POWER_CONTROLLER : 0;
    const hotplugBits = this.isHotplugCapable ? HOTPLUG_CAPABLE : 0;
    config.addCapability(EXPRESS, EXPRESS_ID);
    config.define(
      EXPRESS + FLAGS,
      2,
      SLOT_IMPLEMENTED | ((this.type.class.portType ?? 0) << PORT_TYPE_SHIFT),
    );
    config.define(EXPRESS + SLOT_CAPABILITIES, 4, EQUIPMENT | power | hotplugBits | number);
    config.define(
      EXPRESS + SLOT_CONTROL,
      2,
      (occupied ? INDICATOR_ON : INDICATOR_OFF) | (hasPower ? 0 : POWER_OFF),
      INDICATOR | INTERRUPT_ENABLE | PRESENCE_ENABLE | BUTTON_ENABLE | (power === 0 ? 0 : POWER_OFF),
    );
    this.#defineStatus(this.secondaryBus.functions.length > 0 ? PRESENT : 0, config);
  }

  protected override configWritten(offset: number, size: number): void {
    super.configWritten(offset, size);
    const { isOff } = this;
    if (isOff && !this.#wasOff) this.empty();
    this.#wasOff = isOff;
  }

  get #control(): number {
    return this.config.read(EXPRESS + SLOT_CONTROL, 2);
  }

  #defineStatus(status: number, config = this.config): void {
    config.define(EXPRESS + SLOT_STATUS, 2, status, 0, BUTTON_PRESSED | PRESENCE_CHANGED);
  }

  /** Tells the guest, if it wants to know. */
  #happened(events: number, device: PciDevice): void {
    this.#defineStatus(this.config.read(EXPRESS + SLOT_STATUS, 2) | events);
    const wanted = (this.#control & events) !== 0 && (this.#control & INTERRUPT_ENABLE) !== 0;
    if (wanted) this.bus.root.slotInterrupt?.(this, device);
  }
}

function* portsBelow(bus: Bus): Generator<PcieSlot> {
  for (const device of bus.devices) {
    if (device instanceof PcieSlot) yield device;
    for (const child of device.childBuses) yield* portsBelow(child);
  }
}
