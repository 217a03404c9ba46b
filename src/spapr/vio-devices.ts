import { QmpError } from '../base/errors.ts';
import { chardev } from '../qdev/backend-properties.ts';
import { connectNic, NIC_PROPERTIES } from '../qdev/nic.ts';
import { bit } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { ScsiBus } from '../scsi/bus.ts';
import { reg, VioDevice } from './vio-bus.ts';

const DMA_WINDOW = 0x10000000n;
const SCSI_LIMITS = { channel: 7, target: 63, lun: 31 };

/** The hypervisor's SCSI adapter. What is on its bus is there from the start, like itself. */
class VirtualScsi extends VioDevice {
  protected override onVioRealize(): void {
    new ScsiBus(this, SCSI_LIMITS).hotplugHandler = undefined;
  }
}

class VirtualLan extends VioDevice {
  protected override onVioRealize(): void {
    connectNic(this);
  }
}

class VirtualTerminal extends VioDevice {
  protected override onVioRealize(): void {
    if (this.value(chardev) === undefined) throw new QmpError('chardev property not set');
  }
}

export const VIO_DEVICE_TYPES: readonly TypeInfo[] = [
  {
    name: 'spapr-vscsi',
    parent: 'vio-spapr-device',
    properties: [reg],
    create: type => new VirtualScsi(type),
    class: { category: 'storage', vio: { node: 'v-scsi', dmaWindow: DMA_WINDOW } },
  },
  {
    name: 'spapr-vlan',
    parent: 'vio-spapr-device',
    properties: [reg, ...NIC_PROPERTIES, bit('use-rx-buffer-pools', true)],
    create: type => new VirtualLan(type),
    class: { category: 'network', vio: { node: 'l-lan', dmaWindow: DMA_WINDOW } },
  },
  {
    name: 'spapr-vty',
    parent: 'vio-spapr-device',
    properties: [reg, chardev],
    create: type => new VirtualTerminal(type),
    class: { category: 'input', vio: { node: 'vty' } },
  },
];
