import type { Nic } from '../../qdev/net-client.ts';
import { connectNic, disconnectNic } from '../../qdev/nic.ts';
import { PciDevice } from '../device.ts';

/** A PCI function that is one network adapter. */
export class NetworkAdapter extends PciDevice {
  #nic: Nic | undefined;

  protected override onPciRealize(): void {
    this.#nic = connectNic(this);
  }

  protected override onPciUnrealize(): void {
    disconnectNic(this.#nic);
    this.#nic = undefined;
  }
}
