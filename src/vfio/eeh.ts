import { HostError } from '../base/errors.ts';
import type { EehOperation } from '../host/eeh.ts';
import type { VfioContainer as HostContainer } from '../host/vfio-container.ts';
import type { AddressSpace } from '../memory/address-space.ts';
import type { VfioSystem } from './system.ts';

/**
 * Error handling for a DMA address space as a whole. An operation goes to a container and acts on all of
 * its groups, so it means the right thing only where there is one container with one group: with more,
 * recovering one device would reset others behind their drivers' backs.
 */
export class VfioEeh {
  private constructor(private readonly file: HostContainer) {}

  /** @returns undefined where the rule does not hold or the host has no EEH */
  static of(vfio: VfioSystem, dmaSpace: AddressSpace): VfioEeh | undefined {
    const containers = vfio.spaces.find(space => space.dmaSpace === dmaSpace)?.containers ?? [];
    const [only, ...others] = containers;
    if (only === undefined || others.length > 0 || only.groups.length !== 1) return undefined;
    return only.file.hasEeh ? new VfioEeh(only.file) : undefined;
  }

  /** @throws HostError */
  apply(operation: EehOperation): void {
    this.file.applyEeh(operation);
  }

  /** One of `EEH_STATE`. @throws HostError */
  state(): number {
    return this.file.eehState();
  }

  /** Machine reset: errors are watched for again, whatever the guest had said. A host that fails is ignored. */
  reenable(): void {
    try {
      this.apply('enable');
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}
