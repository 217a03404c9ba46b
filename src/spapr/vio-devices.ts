import { QmpError } from '../base/errors.ts';
import { chardev, drive } from '../qdev/backend-properties.ts';
import { Device } from '../qdev/device.ts';
import { connectNic, NIC_PROPERTIES } from '../qdev/nic.ts';
import { bit } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { ScsiBus } from '../scsi/bus.ts';
import type { SpaprMachine } from './machine.ts';
import { reg, VioBus, VioDevice } from './vio-bus.ts';

const DMA_WINDOW = 0x10000000n;
const NVRAM_MIN = 8192n;
const NVRAM_MAX = 1048576n;
const SCSI_LIMITS = { channel: 7, target: 63, lun: 31 };

/** Adds the bridge that virtual devices are behind, with its bus. */
export function addVioBus(machine: SpaprMachine): VioBus {
  const bridge = new Device(machine.type.registry.require('spapr-vio-bridge'));
  machine.addPlatformDevice(bridge);
  return new VioBus(bridge);
}

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

/** The non-volatile memory that every machine has, in a drive if it is to outlast the machine. */
class VirtualNvram extends VioDevice {
  protected override onVioRealize(): void {
    const medium = this.value(drive);
    if (medium === undefined) return;
    medium.open({ write: true, shareWrites: true });
    if (medium.size < NVRAM_MIN || medium.size > NVRAM_MAX)
      throw new QmpError(`spapr-nvram must be between ${NVRAM_MIN} and ${NVRAM_MAX} bytes in size`);
  }
}

/** @param machine the machine that the devices become part of */
export function vioTypes(machine: SpaprMachine): readonly TypeInfo[] {
  return [
    { name: 'spapr-vio-bus', parent: 'bus' },
    {
      name: 'spapr-vio-bridge',
      parent: 'sys-bus-device',
      create: type => new Device(type),
      class: { userCreatable: false },
    },
    { name: 'vio-spapr-device', parent: 'device', abstract: true, class: { busType: 'spapr-vio-bus' } },
    {
      name: 'spapr-vscsi',
      parent: 'vio-spapr-device',
      properties: [reg],
      create: type => new VirtualScsi(type, machine),
      class: { category: 'storage', vio: { node: 'v-scsi', dmaWindow: DMA_WINDOW } },
    },
    {
      name: 'spapr-vlan',
      parent: 'vio-spapr-device',
      properties: [reg, ...NIC_PROPERTIES, bit('use-rx-buffer-pools', true)],
      create: type => new VirtualLan(type, machine),
      class: { category: 'network', vio: { node: 'l-lan', dmaWindow: DMA_WINDOW } },
    },
    {
      name: 'spapr-vty',
      parent: 'vio-spapr-device',
      properties: [reg, chardev],
      create: type => new VirtualTerminal(type, machine),
      class: { category: 'input', vio: { node: 'vty' } },
    },
    {
      name: 'spapr-nvram',
      parent: 'vio-spapr-device',
      properties: [reg, drive],
      create: type => new VirtualNvram(type, machine),
      class: { category: 'misc', userCreatable: false, media: 'silent', vio: { node: 'nvram' } },
    },
  ];
}
