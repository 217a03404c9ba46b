import { QmpError } from '../base/errors.ts';
import { Device } from '../qdev/device.ts';
import { str } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { NvmeBus } from './bus.ts';

/** Several controllers with namespaces in common (NVM Express 1.4, 4.12). */
export class NvmeSubsystem extends Device {
  #bus: NvmeBus | undefined;
  #serial: string | undefined;

  get bus(): NvmeBus {
    if (this.#bus === undefined) throw new Error('nvme-subsys is not realized');
    return this.#bus;
  }

  protected override onRealize(): void {
    this.#bus = new NvmeBus(this);
  }

  /** All controllers have the serial number of the first. @throws QmpError */
  join(serial: string): void {
    this.#serial ??= serial;
    if (serial !== this.#serial) throw new QmpError('invalid controller serial');
  }
}

export const NVME_SUBSYSTEM_TYPES: readonly TypeInfo[] = [
  {
    name: 'nvme-subsys',
    parent: 'device',
    properties: [str('nqn')],
    create: type => new NvmeSubsystem(type),
    class: { description: 'Virtual NVMe subsystem', category: 'storage', hotpluggable: false },
  },
];
