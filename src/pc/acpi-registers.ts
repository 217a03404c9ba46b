import type { SciCause } from '../guest/platform.ts';
import type { MemoryRegion, RegisterAccess } from '../memory/region.ts';

/** Bits of PM1 (ACPI 6.4, 4.8.3). */
const POWER_BUTTON = 1 << 8;
const SCI_ENABLED = 1;
const SLEEP_ENABLE = 1 << 13;
const SLEEP_TYPE_SHIFT = 10;
/** The type that this machine's \_S5 object names. */
const SLEEP_TYPE_S5 = 0;

/** What the registers bring about. */
export interface AcpiEffects {
  /** The interrupt line goes up. */
  interrupt(cause?: SciCause): void;
  powerOff(): void;
}

/** ACPI's fixed hardware: events, their masks, and the way to switch off (ACPI 6.4, 4.8). */
export class AcpiRegisters {
  #pm1Status = 0;
  #pm1Enable = 0;
  #pm1Control = 0;
  #gpeStatus = 0;
  #gpeEnable = 0;

  constructor(private readonly effects: AcpiEffects) {}

  reset(): void {
    this.#pm1Status = this.#pm1Enable = this.#pm1Control = this.#gpeStatus = this.#gpeEnable = 0;
  }

  /** Into ACPI mode, or out of it. */
  set acpiMode(on: boolean) {
    this.#pm1Control = on ? this.#pm1Control | SCI_ENABLED : this.#pm1Control & ~SCI_ENABLED;
  }

  pressPowerButton(): void {
    this.#pm1Status |= POWER_BUTTON;
    if ((this.#pm1Enable & POWER_BUTTON) !== 0) this.effects.interrupt();
  }

  /** @param event bit of the general-purpose event */
  raise(event: number, cause: SciCause): void {
    this.#gpeStatus |= event;
    if ((this.#gpeEnable & event) !== 0) this.effects.interrupt(cause);
  }

  /** Lays the registers behind their regions. @param gpeLength bytes: status, then as many of enables */
  connect(event: MemoryRegion, control: MemoryRegion, gpe0: MemoryRegion, gpeLength: number): void {
    event.registers = this.#eventRegisters;
    control.registers = {
      read: () => this.#pm1Control,
      write: (_offset, _size, value) => this.#writeControl(value),
    };
    // All events of this machine are in the first byte of each half.
    const enables = gpeLength / 2;
    gpe0.registers = {
      read: offset => (offset === 0 ? this.#gpeStatus : offset === enables ? this.#gpeEnable : 0),
      write: (offset, _size, value) => {
        if (offset === 0) this.#gpeStatus &= ~value;
        else if (offset === enables) this.#enableGpe(value & 0xff);
      },
    };
  }

  get #eventRegisters(): RegisterAccess {
    return {
      read: offset => (offset < 2 ? this.#pm1Status : this.#pm1Enable),
      write: (offset, _size, value) => {
        if (offset < 2) this.#pm1Status &= ~value;
        else this.#pm1Enable = value;
        if ((this.#pm1Status & this.#pm1Enable) !== 0) this.effects.interrupt();
      },
    };
  }

  #enableGpe(mask: number): void {
    this.#gpeEnable = mask;
    if ((this.#gpeStatus & mask) !== 0) this.effects.interrupt();
  }

  #writeControl(value: number): void {
    this.#pm1Control = value & ~SLEEP_ENABLE;
    const type = (value >> SLEEP_TYPE_SHIFT) & 7;
    if ((value & SLEEP_ENABLE) !== 0 && type === SLEEP_TYPE_S5) this.effects.powerOff();
  }
}
