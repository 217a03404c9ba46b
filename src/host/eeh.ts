import { HostError } from '../base/errors.ts';

/** What `VFIO_EEH_PE_OP` can be asked to do (linux/vfio.h). */
export type EehOperation =
  | 'disable'
  | 'enable'
  | 'unfreeze-io'
  | 'unfreeze-dma'
  | 'reset-deactivate'
  | 'reset-hot'
  | 'reset-fundamental'
  | 'configure';

/** State of a partitionable endpoint, by the kernel's number (`VFIO_EEH_PE_GET_STATE`). */
export const EEH_STATE = { normal: 0, reset: 1, stopped: 2, dmaStopped: 4, unavailable: 5 } as const;

/** What can go wrong: I/O and DMA are stopped, DMA alone is, or the endpoint is lost for good. */
export type EehError = 'frozen' | 'dma-frozen' | 'permanent';

/**
 * Enhanced error handling of one partitionable endpoint, which is an IOMMU group: after an error the
 * hardware freezes it, and whoever owns it brings it back step by step
 * (Linux, Documentation/powerpc/eeh-pci-error-recovery).
 */
export class EehState {
  #enabled = true;
  #ioFrozen = false;
  #dmaFrozen = false;
  #inReset = false;
  #lost = false;

  /** Whether errors freeze the endpoint. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** One of `EEH_STATE`. */
  get state(): number {
    if (this.#lost) return EEH_STATE.unavailable;
    if (this.#inReset) return EEH_STATE.reset;
    if (!this.#ioFrozen) return this.#dmaFrozen ? EEH_STATE.dmaStopped : EEH_STATE.normal;
    return this.#dmaFrozen ? EEH_STATE.stopped : EEH_STATE.unavailable;
  }

  /** The hardware sees an error. @returns false if it is not watching */
  inject(error: EehError): boolean {
    if (!this.#enabled) return false;
    this.#dmaFrozen = true;
    this.#ioFrozen ||= error !== 'dma-frozen';
    this.#lost ||= error === 'permanent';
    return true;
  }

  /** The kernel gives the endpoint to somebody else, in a usable state and watched, if that can be. */
  changeOwner(): void {
    this.#enabled = true;
    this.#inReset = false;
    this.#thaw();
  }

  /** @throws HostError EIO if the endpoint is lost and would have to do something */
  apply(operation: EehOperation): void {
    if (this.#lost && operation !== 'disable') throw new HostError('EIO', 'VFIO_EEH_PE_OP');
    switch (operation) {
      case 'disable':
        this.#enabled = false;
        return;
      case 'enable':
        this.changeOwner();
        return;
      case 'unfreeze-io':
        this.#ioFrozen = false;
        return;
      case 'unfreeze-dma':
        this.#dmaFrozen = false;
        return;
      case 'reset-hot':
      case 'reset-fundamental':
        this.#inReset = true;
        return;
      case 'reset-deactivate':
        this.#inReset = false;
        this.#thaw();
        return;
      case 'configure':
        // Bridges and BARs are set up anew; nothing of that is modelled.
        return;
    }
  }

  #thaw(): void {
    this.#ioFrozen = this.#dmaFrozen = false;
  }
}
