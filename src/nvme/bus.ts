import { QmpError } from '../base/errors.ts';
import { Bus } from '../qdev/bus.ts';
import type { Device } from '../qdev/device.ts';
import type { TypeInfo } from '../qom/type.ts';

/** Namespaces that a controller or subsystem can have. */
const MAX_NAMESPACES = 256;

/** The namespaces of one controller, or of all controllers of a subsystem. They neither come nor go at run time. */
export class NvmeBus extends Bus {
  readonly #taken = new Set<number>();

  constructor(owner: Device) {
    const name = owner.id ?? owner.system.automaticBusName('nvme-bus');
    super(owner.type.registry.require('nvme-bus'), name, owner);
  }

  /**
   * Takes an identifier (NVM Express 1.4, 6.1) for a namespace.
   * @param wanted 0 for the lowest that is free
   * @throws QmpError
   */
  take(wanted: number): number {
    const nsid = wanted === 0 ? this.#lowestFree() : wanted;
    if (this.#taken.has(nsid)) throw new QmpError(`namespace id '${nsid}' already allocated`);
    this.#taken.add(nsid);
    return nsid;
  }

  /** @throws QmpError for a number that no namespace can have; 0 stands for any */
  checkRange(wanted: number): void {
    if (wanted > MAX_NAMESPACES)
      throw new QmpError(`invalid namespace id (must be between 0 and ${MAX_NAMESPACES})`);
  }

  #lowestFree(): number {
    for (let nsid = 1; nsid <= MAX_NAMESPACES; nsid++) if (!this.#taken.has(nsid)) return nsid;
    throw new QmpError('no free namespace id');
  }
}

export const NVME_BUS_TYPES: readonly TypeInfo[] = [{ name: 'nvme-bus', parent: 'bus' }];
