import { connectNic } from '../../qdev/nic.ts';
import type { Nic } from '../../qdev/nics.ts';
import { PciDevice } from '../device.ts';

/** A PCI function that is one network adapter. */
export class NetworkAdapter extends PciDevice {
  #nic: Nic | undefined;

  protected override onPciRealize(): void {
    this.#nic = connectNic(this);
  }

  protected override onPciUnrealize(): void {
    if (this.#nic !== undefined) this.system.nics.remove(this.#nic);
    this.#nic = undefined;
  }
}
