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

  /** Whether errors freeze the endpoint. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** One of `EEH_STATE`. */
  get state(): number {
    if (this.#inReset) return EEH_STATE.reset;
    if (!this.#ioFrozen) return this.#dmaFrozen ? EEH_STATE.dmaStopped : EEH_STATE.normal;
    return this.#dmaFrozen ? EEH_STATE.stopped : EEH_STATE.unavailable;
  }

  /** The hardware sees an error. @returns false if it is not watching */
  freeze(): boolean {
    if (!this.#enabled) return false;
    this.#ioFrozen = this.#dmaFrozen = true;
    return true;
  }

  apply(operation: EehOperation): void {
    switch (operation) {
      case 'disable':
        this.#enabled = false;
        return;
      case 'enable':
        this.#enabled = true;
        this.#thaw();
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
