import type { AddressSpace } from '../memory/address-space.ts';
import type { VfioContainer } from './container.ts';

/** A guest's DMA address space with the containers that carry its mappings to the host. */
export class VfioAddressSpace {
  /** Newest first, the order in which a new group tries to join. */
  readonly containers: VfioContainer[] = [];

  constructor(readonly dmaSpace: AddressSpace) {}

  get name(): string {
    return this.dmaSpace.name;
  }
}
