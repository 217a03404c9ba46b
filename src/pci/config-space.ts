const SIZE = 256;

/** Offsets of the registers that every function has (PCI Local Bus 3.0, 6.1). */
export const CONFIG = {
  vendor: 0x00,
  device: 0x02,
  command: 0x04,
  status: 0x06,
  revision: 0x08,
  programmingInterface: 0x09,
  classCode: 0x0a,
  headerType: 0x0e,
  subsystemVendor: 0x2c,
  subsystem: 0x2e,
  capabilities: 0x34,
  interruptLine: 0x3c,
  interruptPin: 0x3d,
} as const;

/** Offsets in the header of a bridge (PCI-to-PCI Bridge Architecture 1.2, 3.2). */
export const BRIDGE_CONFIG = { primaryBus: 0x18, secondaryBus: 0x19, subordinateBus: 0x1a } as const;

/** Status: there is a list of capabilities. */
const HAS_CAPABILITIES = 1 << 4;

export const HEADER_TYPE_BRIDGE = 1;
export const HEADER_MULTIFUNCTION = 0x80;

/** I/O space, memory space, bus master, parity, SERR#, interrupt disable. */
const COMMAND_BITS = 0x0547;

/** The registers by which firmware and operating systems find a function and set it up. */
export class ConfigSpace {
  readonly #bytes = new Uint8Array(SIZE);
  /** The bits that a write changes. */
  readonly #writable = new Uint8Array(SIZE);
  /** The bits that a write of 1 clears. */
  readonly #clearable = new Uint8Array(SIZE);

  constructor() {
    this.define(CONFIG.command, 2, 0, COMMAND_BITS);
    this.define(CONFIG.interruptLine, 1, 0, 0xff);
  }

  /**
   * Sets a register's contents, and which of its bits the guest may change, or clear by writing 1.
   * @param size bytes, 1 to 4
   */
  define(offset: number, size: number, value: number, writable = 0, clearable = 0): void {
    for (let i = 0; i < size; i++) {
      this.#bytes[offset + i] = value >>> (8 * i);
      this.#writable[offset + i] = writable >>> (8 * i);
      this.#clearable[offset + i] = clearable >>> (8 * i);
    }
  }

  /** Puts a capability at the head of the list (PCI Local Bus 3.0, 6.7). Its registers are defined by the caller. */
  addCapability(offset: number, id: number): void {
    this.define(offset, 1, id);
    this.define(offset + 1, 1, this.read(CONFIG.capabilities, 1));
    this.define(CONFIG.capabilities, 1, offset);
    this.define(CONFIG.status, 2, this.read(CONFIG.status, 2) | HAS_CAPABILITIES);
  }

  /** Little-endian; beyond the end all ones. @param size bytes, 1 to 4 */
  read(offset: number, size: number): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = value * 0x100 + (this.#bytes[offset + i] ?? 0xff);
    return value;
  }

  write(offset: number, size: number, value: number): void {
    for (let i = 0; i < size; i++) {
      const mask = this.#writable[offset + i] ?? 0;
      const old = this.#bytes[offset + i] ?? 0;
      const written = value >>> (8 * i);
      const cleared = written & (this.#clearable[offset + i] ?? 0);
      this.#bytes[offset + i] = ((old & ~mask) | (written & mask)) & ~cleared;
    }
  }
}
