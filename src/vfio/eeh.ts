import { HostError, QmpError } from '../base/errors.ts';
import type { EehOperation } from '../host/eeh.ts';
import type { VfioContainer as HostContainer } from '../host/vfio-container.ts';
import type { AddressSpace } from '../memory/address-space.ts';
import type { VfioSystem } from './system.ts';

/** Does something with the container that operations go to. @throws HostError */
type WithContainer = <T>(step: (file: HostContainer) => T) => T;

/**
 * Error handling of what is assigned in a DMA address space. An operation goes to a container and acts on all of
 * its groups.
 */
export class VfioEeh {
  private constructor(private readonly withContainer: WithContainer) {}

  /**
   * For the address space as a whole, which is the right thing only where there is one container with one group:
   * with more, recovering one device would reset others behind their drivers' backs.
   * @returns undefined where the rule does not hold or the host has no EEH
   */
  static of(vfio: VfioSystem, dmaSpace: AddressSpace): VfioEeh | undefined {
    const containers = vfio.spaces.find(space => space.dmaSpace === dmaSpace)?.containers ?? [];
    const [only, ...others] = containers;
    if (only === undefined || others.length > 0 || only.groups.length !== 1) return undefined;
    return only.file.hasEeh ? new VfioEeh(step => step(only.file)) : undefined;
  }

  /** For one group, whatever else is in the address space; it is opened for each operation if need be. */
  static ofGroup(vfio: VfioSystem, dmaSpace: AddressSpace, id: number): VfioEeh {
    return new VfioEeh(step => {
      try {
        return vfio.withGroup(id, dmaSpace, ({ container }) => step(container.file));
      } catch (error) {
        if (!(error instanceof QmpError)) throw error;
        vfio.environment.report(`vfio: ${error.desc}`);
        throw new HostError('EPERM', 'VFIO_EEH_PE_OP');
      }
    });
  }

  /** @throws HostError */
  apply(operation: EehOperation): void {
    this.withContainer(file => file.applyEeh(operation));
  }

  /** One of `EEH_STATE`. @throws HostError */
  state(): number {
    return this.withContainer(file => file.eehState());
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
