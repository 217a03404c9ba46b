import { AddressSpace } from '../memory/address-space.ts';
import { PciDevice, type PciIdentity } from '../pci/device.ts';
import { container, io, memoryBar, msix, portBar, ram } from '../pci/layout.ts';
import { Device } from '../qdev/device.ts';
import { emptyLink } from '../qdev/link-property.ts';
import { bit, onOffAuto, str, uint8, uint32, uint64 } from '../qdev/properties.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { ScsiBus, type ScsiLimits } from './bus.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    /** For SCSI host adapters: what fits on their bus. */
    readonly scsi?: ScsiLimits;
  }
}

/** A PCI function with a SCSI bus behind it. */
export class ScsiHostAdapter extends PciDevice {
  protected override onPciRealize(): void {
    const { scsi } = this.type.class;
    if (scsi === undefined) throw new Error(`${this.type.name} does not say how large its bus is`);
    this.onScsiBus(new ScsiBus(this, scsi));
  }

  protected onScsiBus(_bus: ScsiBus): void {}

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

/** The Symbios adapters, which can drive an interrupt line beside their own. */
class LsiAdapter extends ScsiHostAdapter {
  #ports: AddressSpace | undefined;

  protected override onScsiBus(): void {
    this.addProperty(emptyLink('unnamed-gpio-out[0]', 'irq'));
    // Its scripts can reach the ports of other devices.
    if (this.bus.ports !== undefined) this.#ports = new AddressSpace('lsi-pci-io', this.bus.ports);
  }

  protected override onPciUnrealize(): void {
    super.onPciUnrealize();
    this.#ports?.destroy();
  }
}

/** The AMD and Tekram adapters: an ESP chip behind PCI. */
class EspAdapter extends ScsiHostAdapter {
  readonly #esp: Device;

  constructor(type: QomType) {
    super(type);
    this.#esp = new Device(type.registry.require('esp'));
    this.addChild('esp', this.#esp);
  }

  protected override onScsiBus(): void {
    this.#esp.realize();
  }

  protected override onPciUnrealize(): void {
    super.onPciUnrealize();
    this.#esp.unrealize();
  }
}

const sasAddress = uint64('sas_address', 0n);
const hbaSerial = str('hba_serial');
/** NAA 3 (locally assigned) and an organisation's number, above the place of the function. */
const DEFAULT_SAS_ADDRESS = 0x3525400000000000n;

/** Adapters for serial-attached SCSI, which have an address of their own. */
class SasAdapter extends ScsiHostAdapter {
  protected override onPciRealize(): void {
    if (this.value(sasAddress) === 0n)
      this.setValue(
        sasAddress,
        DEFAULT_SAS_ADDRESS | BigInt((this.bus.number << 16) | (this.slot << 8) | this.functionNumber),
      );
    if (this.type.isA('megasas-base') && this.value(hbaSerial) === undefined)
      this.setValue(hbaSerial, 'QEMU123456');
    super.onPciRealize();
  }
}

/** VMware's adapter, which controls the coming and going of devices itself. */
class Pvscsi extends ScsiHostAdapter {
  override get identity(): PciIdentity {
    const identity = super.identity;
    return this.value(oldConfiguration)
      ? { ...identity, subsystemVendor: 0, subsystem: PVSCSI_OLD_SUBSYSTEM }
      : identity;
  }

  protected override onScsiBus(bus: ScsiBus): void {
    bus.shownHotplugHandler = this;
  }
}

const oldConfiguration = bit('x-old-pci-configuration', false);
const PVSCSI_OLD_SUBSYSTEM = 0x1000;
const SCSI_CLASS = 0x0100;
const RAID_CLASS = 0x0104;
const LSI = 0x1000;
const VMWARE = 0x15ad;
const LSI_LIMITS = { channel: 0, target: 7, lun: 0 };
const CONVENTIONAL = ['conventional-pci-device'] as const;

function megasas(
  name: string,
  bus: string,
  maxCommands: number,
  data: NonNullable<TypeInfo['class']>,
): TypeInfo {
  return {
    name,
    parent: 'megasas-base',
    interfaces: [bus],
    properties: [
      uint32('max_sge', 80),
      uint32('max_cmds', maxCommands),
      hbaSerial,
      sasAddress,
      onOffAuto('msi', 'auto'),
      onOffAuto('msix', 'auto'),
      bit('use_jbod', false),
    ],
    class: { scsi: { channel: 1, target: 128, lun: 255 }, ...data },
  };
}

const MEGASAS_REGISTERS = container('megasas-mmio', 0x4000, ...msix(15, 0x2000, 0x3800));
const MEGASAS_PORTS = io('megasas-io', 0x100);
const MEGASAS_QUEUE = memoryBar(3, io('megasas-queue', 0x40000), { is64: true });

export const SCSI_ADAPTER_TYPES: readonly TypeInfo[] = [
  { name: 'esp', parent: 'device', create: type => new Device(type), class: { userCreatable: false } },
  {
    name: 'am53c974',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    create: type => new EspAdapter(type),
    class: {
      description: 'AMD Am53c974 PCscsi-PCI SCSI adapter',
      category: 'storage',
      pci: { vendor: 0x1022, device: 0x2020, classCode: SCSI_CLASS, revision: 0x10, interruptPin: 1 },
      bars: [portBar(0, io('esp-io', 0x80))],
      scsi: LSI_LIMITS,
    },
  },
  {
    name: 'dc390',
    parent: 'am53c974',
    class: { description: 'Tekram DC-390 SCSI adapter' },
  },
  {
    name: 'lsi53c895a',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    create: type => new LsiAdapter(type),
    class: {
      lines: [{ name: '', outputs: 1 }],
      alias: 'lsi',
      category: 'storage',
      pci: {
        vendor: LSI,
        device: 0x0012,
        classCode: SCSI_CLASS,
        subsystemVendor: 0,
        subsystem: 0x1000,
        interruptPin: 1,
      },
      bars: [
        portBar(0, io('lsi-io', 0x100)),
        memoryBar(1, io('lsi-mmio', 0x400)),
        memoryBar(2, ram('lsi-ram', 0x2000)),
      ],
      scsi: LSI_LIMITS,
    },
  },
  {
    name: 'lsi53c810',
    parent: 'lsi53c895a',
    class: {
      alias: '',
      pci: {
        vendor: LSI,
        device: 0x0001,
        classCode: SCSI_CLASS,
        subsystemVendor: 0,
        subsystem: 0x1000,
        interruptPin: 1,
      },
    },
  },
  {
    name: 'megasas-base',
    parent: 'pci-device',
    abstract: true,
    create: type => new SasAdapter(type),
    class: { category: 'storage' },
  },
  megasas('megasas', 'conventional-pci-device', 1000, {
    description: 'LSI MegaRAID SAS 1078',
    pci: {
      vendor: LSI,
      device: 0x0060,
      classCode: RAID_CLASS,
      subsystemVendor: LSI,
      subsystem: 0x1013,
      interruptPin: 1,
    },
    bars: [memoryBar(0, MEGASAS_REGISTERS, { is64: true }), portBar(2, MEGASAS_PORTS), MEGASAS_QUEUE],
  }),
  megasas('megasas-gen2', 'pci-express-device', 1008, {
    description: 'LSI MegaRAID SAS 2108',
    pci: {
      vendor: LSI,
      device: 0x0079,
      classCode: RAID_CLASS,
      subsystemVendor: LSI,
      subsystem: 0x9261,
      interruptPin: 1,
    },
    bars: [portBar(0, MEGASAS_PORTS), memoryBar(1, MEGASAS_REGISTERS, { is64: true }), MEGASAS_QUEUE],
  }),
  {
    name: 'mptsas1068',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [sasAddress, onOffAuto('msi', 'auto')],
    create: type => new SasAdapter(type),
    class: {
      description: 'LSI SAS 1068',
      category: 'storage',
      pci: {
        vendor: LSI,
        device: 0x0054,
        classCode: SCSI_CLASS,
        subsystemVendor: LSI,
        subsystem: 0x8000,
        interruptPin: 1,
      },
      bars: [
        portBar(0, io('mptsas-io', 0x100)),
        memoryBar(1, io('mptsas-mmio', 0x4000)),
        memoryBar(2, io('mptsas-diag', 0x10000)),
      ],
      scsi: { channel: 0, target: 8, lun: 1 },
    },
  },
  {
    name: 'pvscsi',
    parent: 'pci-device',
    interfaces: ['conventional-pci-device', 'pci-express-device', 'hotplug-handler'],
    properties: [uint8('use_msg', 1), oldConfiguration, bit('x-disable-pcie', false)],
    create: type => new Pvscsi(type),
    class: {
      category: 'storage',
      pci: {
        vendor: VMWARE,
        device: 0x07c0,
        classCode: SCSI_CLASS,
        subsystemVendor: VMWARE,
        subsystem: 0x07c0,
        interruptPin: 1,
      },
      bars: [memoryBar(0, io('pvscsi-io', 0x8000))],
      scsi: { channel: 0, target: 64, lun: 0 },
    },
  },
];
