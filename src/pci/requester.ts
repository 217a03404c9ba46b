import type { AddressSpace } from '../memory/address-space.ts';
import type { PciBus } from './bus.ts';
import { PORT_TYPE } from './port-types.ts';
import { addr } from './properties.ts';

/** Where requests of a function come from, as far as an IOMMU can tell. */
export interface Requester {
  readonly bus: PciBus;
  /** Slot times 8 plus function. */
  readonly devfn: number;
}

/** Gives each requester below a host bridge an address space of its own. */
export interface PciIommu {
  spaceFor(requester: Requester): AddressSpace;
}

/**
 * Conventional PCI has no requester ids: all functions behind a bridge to it are one requester, which is the
 * bridge itself, or, for a bridge from PCI Express, function 0 of the bus behind (PCI Express to PCI/PCI-X
 * Bridge 1.0, 2.3).
 */
export function requesterOf(bus: PciBus, devfn: number): Requester {
  let requester: Requester = { bus, devfn };
  for (let below = bus; below.parentBus !== undefined && below.owner !== undefined; below = below.parentBus) {
    const { parentBus, owner: bridge, isExpress } = below;
    if (isExpress) continue;
    const isExpressToPci = bridge.type.class.portType === PORT_TYPE.expressToPci;
    requester = isExpressToPci ? { bus: below, devfn: 0 } : { bus: parentBus, devfn: bridge.value(addr) };
  }
  return requester;
}
