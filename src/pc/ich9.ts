import type { AcpiTables } from '../guest/platform.ts';
import { addInterruptLines } from '../isa/part.ts';
import type { MemoryRegion } from '../memory/region.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { PciDevice, type PciIdentity } from '../pci/device.ts';
import { Bus } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { bit, bool } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { boolValue, integerValue } from '../qom/values.ts';
import { UINT8 } from '../qom/visitor.ts';
import type { AcpiCpuHotplug } from './acpi-cpu-hotplug.ts';
import type { AcpiMemoryHotplug } from './acpi-memory-hotplug.ts';
import { AcpiPciHotplug } from './acpi-pci-hotplug.ts';
import type { AcpiRegisters } from './acpi-registers.ts';
import { IsaBus } from './isa-bus.ts';
import type { PcMachine } from './machine.ts';
import {
  connectCommandPort,
  createAcpiRegisters,
  createCpuHotplug,
  createMemoryHotplug,
  GPE_PCI_HOTPLUG,
  legacyCpuHotplug,
  memoryHotplugTable,
  type PowerManagement,
  resetPort,
} from './power-management.ts';
import { constants } from './properties.ts';

const RESET_PORT = 0xcf9;
const RESET_PRIORITY = 1;
const COMMAND_PORT = 0xb2;
const COMMANDS = { enable: 2, disable: 3 } as const;
const PCI_HOTPLUG = 0xcc0;
const PCI_HOTPLUG_SIZE = 24;
const CPU_HOTPLUG = 0xcd8;
const SCI = 9;

/** Parts of the power management ports: offset and bytes (Intel ICH9 datasheet, 13.8.3). */
const PM_PARTS = {
  'acpi-evt': [0x00, 4],
  'acpi-cnt': [0x04, 2],
  'acpi-tmr': [0x08, 4],
  'acpi-gpe0': [0x20, 16],
  'acpi-smi': [0x30, 8],
  'sm-tco': [0x60, 32],
} as const;
const PM_SIZE = 128n;

/** Configuration registers (13.1): base of these ports, and whether they are on. */
const PM_BASE = 0x40;
const PM_CONTROL = 0x44;
const PM_ENABLE = 0x80;
const PM_BASE_MASK = 0xff80;
/** Where firmware puts the ports. */
const PM_PORTS = 0x600;
/** Base of the chipset's own registers in memory, which nothing here uses. */
const RCRB_SIZE = 0x4000n;

/** What the makers of ACPI tables ask for. */
const FIRMWARE_FACTS: readonly Property[] = [
  ...constants({
    acpi_enable_cmd: ['uint8', COMMANDS.enable],
    acpi_disable_cmd: ['uint8', COMMANDS.disable],
    sci_int: ['uint8', SCI],
    gpe0_blk_len: ['uint32', PM_PARTS['acpi-gpe0'][1]],
    'x-smi-negotiated-features': ['uint64', 0],
  }),
  integerValue('disable_s3', 0n, { type: 'uint8', range: UINT8 }),
  integerValue('disable_s4', 0n, { type: 'uint8', range: UINT8 }),
  integerValue('s4_val', 2n, { type: 'uint8', range: UINT8 }),
  boolValue('enable_tco', true),
  boolValue('memory-hotplug-support', true),
];

/** A property that QEMU gives to each of these bridges rather than to their class. */
function instanceBool(name: string, initial: boolean) {
  return boolValue(name, initial, undefined, object => {
    if (object instanceof Device) object.assertNotRealized(name);
  });
}

const bridgeSupport = instanceBool('acpi-pci-hotplug-with-bridge-support', true);
/** Whether the operating system is still told of the ports' own registers. */
const keepsNativeHotplug = instanceBool('x-keep-pci-slot-hpc', true);

/** The LPC bridge of the ICH9, function 1f.0: the ISA bus, ACPI and hotplug. */
export class Ich9Lpc extends PciDevice implements PowerManagement {
  readonly acpi: AcpiRegisters;
  #hotplug: AcpiPciHotplug | undefined;
  #memoryHotplug: AcpiMemoryHotplug | undefined;
  #cpuHotplug: AcpiCpuHotplug | undefined;
  #isa: IsaBus | undefined;
  #ports: MemoryRegion | undefined;

  constructor(
    type: QomType,
    private readonly machine: PcMachine,
  ) {
    super(type);
    this.acpi = createAcpiRegisters(machine);
    for (const property of FIRMWARE_FACTS) this.addProperty(property);
    this.addProperty(legacyCpuHotplug(() => this.#cpuHotplug));
    for (const property of this.#variableFacts()) this.addProperty(property);
  }

  #variableFacts(): readonly Property[] {
    return [
      { name: 'pm_io_base', type: 'uint32', get: () => this.portBase },
      { name: 'gpe0_blk', type: 'uint32', get: () => this.portBase + PM_PARTS['acpi-gpe0'][0] },
    ];
  }

  /** Whether ACPI serves hotplug behind bridges; else each port does for itself. */
  get acpiHotplug(): boolean {
    return this.value(bridgeSupport);
  }

  get isa(): IsaBus {
    if (this.#isa === undefined) throw new Error('ICH9-LPC is not realized');
    return this.#isa;
  }

  get memoryHotplug(): AcpiMemoryHotplug {
    if (this.#memoryHotplug === undefined) throw new Error(`${this.type.name} is not realized`);
    return this.#memoryHotplug;
  }

  get cpuHotplug(): AcpiCpuHotplug {
    if (this.#cpuHotplug === undefined) throw new Error(`${this.type.name} is not realized`);
    return this.#cpuHotplug;
  }

  get tables(): AcpiTables {
    return {
      pm1Event: PM_PORTS,
      pm1Control: PM_PORTS + PM_PARTS['acpi-cnt'][0],
      gpe0: PM_PORTS + PM_PARTS['acpi-gpe0'][0],
      gpe0Length: PM_PARTS['acpi-gpe0'][1],
      smiCommand: COMMAND_PORT,
      enableCommand: COMMANDS.enable,
      pciHotplug: PCI_HOTPLUG,
      hotplugBuses: this.#hotplug?.busNumbers ?? [],
      nativeSlots: !this.acpiHotplug,
      memoryHotplug: memoryHotplugTable(this.memoryHotplug),
      cpuHotplug: { port: CPU_HOTPLUG, places: this.cpuHotplug.placeCount },
    };
  }

  protected override onPciRealize(): void {
    const { portMemory } = this.machine;
    const place = (label: string, size: bigint, port: number, priority = 0) => {
      const region = this.region(label, size, 'io');
      portMemory.addSubregion(BigInt(port), region, priority);
      return region;
    };
    this.region('lpc-rcrb-mmio', RCRB_SIZE, 'io');
    addInterruptLines(this, 'late');
    this.#isa = new IsaBus(this.machine, this);
    this.#addPorts();
    connectCommandPort(place('apm-io', 2n, COMMAND_PORT), this.acpi, COMMANDS);
    place('lpc-reset-control', 1n, RESET_PORT, RESET_PRIORITY).registers = resetPort(this.machine);
    const cpuRegisters = place('acpi-cpu-hotplug', 32n, CPU_HOTPLUG);
    this.#cpuHotplug = createCpuHotplug(this.machine, this.acpi, cpuRegisters);
    this.#memoryHotplug = createMemoryHotplug(this.machine, this.acpi, place);
    if (!this.acpiHotplug) return;
    this.#hotplug = new AcpiPciHotplug(
      {
        hotplugObject: this,
        servesBridges: true,
        servesRoot: false,
        raiseEvent: cause => this.acpi.raise(GPE_PCI_HOTPLUG, cause),
      },
      this.bus,
    );
    place('acpi-pci-hotplug', BigInt(PCI_HOTPLUG_SIZE), PCI_HOTPLUG).registers = this.#hotplug.registers;
    const facts = constants({
      'acpi-pcihp-io-base': ['uint16', PCI_HOTPLUG],
      'acpi-pcihp-io-len': ['uint16', PCI_HOTPLUG_SIZE],
    });
    for (const property of facts) this.addProperty(property);
  }

  #addPorts(): void {
    const ports = this.region('ich9-pm', PM_SIZE);
    const part = (label: keyof typeof PM_PARTS) => {
      const [at, size] = PM_PARTS[label];
      const region = this.region(label, BigInt(size), 'io');
      ports.addSubregion(BigInt(at), region);
      return region;
    };
    this.acpi.connect(part('acpi-evt'), part('acpi-cnt'), part('acpi-gpe0'), PM_PARTS['acpi-gpe0'][1]);
    for (const label of ['acpi-tmr', 'acpi-smi', 'sm-tco'] as const) part(label);
    ports.enabled = false;
    this.machine.portMemory.addSubregion(0n, ports);
    this.#ports = ports;
  }

  override onReset(): void {
    super.onReset();
    this.#placePorts();
    this.acpi.reset();
    this.#hotplug?.reset();
  }

  protected override defineConfig(config: ConfigSpace): void {
    config.define(PM_BASE, 4, 1, PM_BASE_MASK);
    config.define(PM_CONTROL, 1, 0, 0xff);
  }

  protected override configWritten(): void {
    this.#placePorts();
  }

  /** Where firmware has put the ports; 0 before it did. */
  get portBase(): number {
    return this.config.read(PM_BASE, 4) & PM_BASE_MASK;
  }

  #placePorts(): void {
    const ports = this.#ports;
    if (ports === undefined) return;
    const { portMemory } = this.machine;
    portMemory.removeSubregion(ports);
    ports.enabled = (this.config.read(PM_CONTROL, 1) & PM_ENABLE) !== 0;
    portMemory.addSubregion(BigInt(this.portBase), ports);
  }
}

/** The SMBus controller of the ICH9, function 1f.3. */
export class Ich9Smb extends PciDevice {
  protected override onPciRealize(): void {
    const region = this.region('pm-smbus', 0x40n, 'io');
    new Bus(this.type.registry.require('i2c-bus'), 'i2c', this);
    this.addBar({ index: 4, type: 'io', size: 0x40, region });
  }
}

function intel(device: number, classCode: number, interruptPin: number): PciIdentity {
  return { vendor: 0x8086, device, classCode, revision: 2, interruptPin };
}

/** @param machine the machine that the functions become part of */
export function ich9Types(machine: PcMachine): readonly TypeInfo[] {
  const interfaces = ['conventional-pci-device'];
  return [
    {
      name: 'ICH9-LPC',
      parent: 'pci-device',
      interfaces: [...interfaces, 'hotplug-handler', 'acpi-device-interface', 'acpi-dev-aml-interface'],
      properties: [
        bool('noreboot', true),
        bool('smm-compat', false),
        bit('x-smi-broadcast', true),
        bit('x-smi-cpu-hotplug', true),
        bit('x-smi-cpu-hotunplug', true),
      ],
      instanceProperties: [bridgeSupport, keepsNativeHotplug],
      create: type => new Ich9Lpc(type, machine),
      class: {
        category: 'bridge',
        description: 'ICH9 LPC bridge',
        userCreatable: false,
        hotpluggable: false,
        lines: [{ name: 'gsi', outputs: 24, late: true }],
        pci: intel(0x2918, 0x0601, 0),
      },
    },
    {
      name: 'ICH9-SMB',
      parent: 'pci-device',
      interfaces: [...interfaces, 'acpi-dev-aml-interface'],
      create: type => new Ich9Smb(type),
      class: {
        category: 'bridge',
        description: 'ICH9 SMBUS Bridge',
        userCreatable: false,
        pci: intel(0x2930, 0x0c05, 1),
      },
    },
  ];
}
