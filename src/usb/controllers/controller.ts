import { QmpError } from '../../base/errors.ts';
import { PciDevice } from '../../pci/device.ts';
import { str, uint32 } from '../../qdev/properties.ts';
import { UsbBus, UsbPort, type UsbSpeed, usbBusNamed } from '../bus.ts';

/** For companion controllers: the bus whose slower devices they serve, and its first port that is theirs. */
export const masterBus = str('masterbus');
export const firstPort = uint32('firstport', 0);

/** Ports of an EHCI controller. */
export const EHCI_PORTS = 6;

/** A PCI function that is a USB host controller. */
export abstract class UsbController extends PciDevice {
  /** Number of root ports, and the speeds that each of them knows. */
  protected abstract readonly ports: number;
  protected abstract readonly portSpeeds: readonly UsbSpeed[];

  protected override onPciRealize(): void {
    const master = this.value(masterBus);
    if (master === undefined) this.addBus();
    else this.#serve(master);
  }

  protected addBus(): UsbBus {
    const bus = new UsbBus(this);
    bus.addPorts(Array.from({ length: this.ports }, (_, n) => new UsbPort(String(n + 1), this.portSpeeds)));
    return bus;
  }

  /** Becomes a companion of another controller, and has no bus of its own. */
  #serve(master: string): void {
    const bus = usbBusNamed(this, master);
    if (!bus.takesCompanions) {
      throw new QmpError(
        `Can't use USB bus '${master}' as masterbus, it doesn't support companion controllers`,
      );
    }
    const first = this.value(firstPort);
    if (first + this.ports > EHCI_PORTS)
      throw new QmpError(`firstport must be between 0 and ${EHCI_PORTS - this.ports}`);
    bus.widenPorts(first, this.ports, this.portSpeeds);
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}
