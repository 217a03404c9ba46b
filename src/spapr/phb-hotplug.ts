import { QmpError } from '../base/errors.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { DRC_TYPE_NUMBER, type DrConnector } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';
import { SpaprPhb } from './phb.ts';

/** Coming and going of whole host bridges: the machine's own business, with one connector an index. */
export class PhbHotplug implements HotplugHandler {
  constructor(private readonly machine: SpaprMachine) {}

  get hotplugObject(): SpaprMachine {
    return this.machine;
  }

  prePlug(device: Device): void {
    if (!(device instanceof SpaprPhb)) return;
    if (device.hotplugged && !this.machine.version.hasPhbHotplug)
      throw new QmpError('PHB hotplug not supported for this machine');
    device.checkIndex();
  }

  plug(device: Device): void {
    if (!(device instanceof SpaprPhb)) return;
    const connector = this.#connector(device);
    connector?.attach(device);
    if (!device.hotplugged) {
      connector?.onReset();
      return;
    }
    if (connector !== undefined) this.machine.notifyHotplug('add', connector);
  }

  unplugRequest(device: Device): void {
    if (!(device instanceof SpaprPhb)) return;
    const connector = this.#connector(device);
    if (connector === undefined) throw new QmpError('PHB hot unplug not supported on this machine');
    if (connector.unplugRequested) {
      throw new QmpError(`PCI Host Bridge unplug already in progress for device ${device.id ?? '(null)'}`);
    }
    connector.requestUnplug();
    if (connector.device !== undefined) {
      this.machine.notifyHotplug('remove', connector);
    }
  }

  #connector(phb: SpaprPhb): DrConnector | undefined {
    return this.machine.drConnector((DRC_TYPE_NUMBER.phb << 28) | phb.index);
  }
}
