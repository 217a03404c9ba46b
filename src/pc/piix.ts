import type { AcpiTables } from '../guest/platform.ts';
import { addInterruptLines, addPorts } from '../isa/part.ts';
import type { MemoryRegion } from '../memory/region.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { PciDevice, type PciIdentity } from '../pci/device.ts';
import { Bus } from '../qdev/bus.ts';
import { bool, uint8, uint32 } from '../qdev/properties.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import type { AcpiCpuHotplug } from './acpi-cpu-hotplug.ts';
import type { AcpiMemoryHotplug } from './acpi-memory-hotplug.ts';
import { AcpiPciHotplug } from './acpi-pci-hotplug.ts';
import type { AcpiRegisters } from './acpi-registers.ts';
import { IsaBus } from './isa-bus.ts';
import type { PcMachine } from './machine.ts';
import { smm } from './machine-properties.ts';
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

const INTEL = 0x8086;
const RESET_PORT = 0xcf9n;
const RESET_PRIORITY = 1;

/** The ISA bridge of the PIIX3, function 01.0. */
export class Piix3 extends PciDevice {
  #isa: IsaBus | undefined;

  constructor(
    type: QomType,
    private readonly machine: PcMachine,
  ) {
    super(type);
  }

  get isa(): IsaBus {
    if (this.#isa === undefined) throw new Error('PIIX3 is not realized');
    return this.#isa;
  }

  protected override onPciRealize(): void {
    const reset = this.region('piix3-reset-control', 1n, 'io');
    reset.registers = resetPort(this.machine);
    this.machine.portMemory.addSubregion(RESET_PORT, reset, RESET_PRIORITY);
    this.#isa = new IsaBus(this.machine, this);
  }
}

const smbusBase = uint32('smb_io_base', 0);
const bridgeSupport = bool('acpi-pci-hotplug-with-bridge-support', true);
const rootHotplug = bool('acpi-root-pci-hotplug', true);
const smmEnabled = bool('smm-enabled', false);

const SMBUS_BASE = 0xb100;
const SMBUS_SIZE = 64n;
const GPE0 = 0xafe0;
const GPE0_LENGTH = 4;
const PCI_HOTPLUG = 0xae00;
const PCI_HOTPLUG_SIZE = 24;
const CPU_HOTPLUG = 0xaf00;
const COMMAND_PORT = 0xb2;
const COMMANDS = { enable: 0xf1, disable: 0xf0 } as const;
const SCI = 9;

/** Configuration registers (Intel PIIX4, 7.1): base of the power management ports, and whether they are on. */
const PM_BASE = 0x40;
const PM_ENABLE = 0x80;
const PM_BASE_MASK = 0xffc0;
/** Where firmware puts the ports. */
const PM_PORTS = 0x600;

/** What the makers of ACPI tables ask for. */
const FIRMWARE_FACTS = constants({
  acpi_enable_cmd: ['uint8', COMMANDS.enable],
  acpi_disable_cmd: ['uint8', COMMANDS.disable],
  gpe0_blk: ['uint32', GPE0],
  gpe0_blk_len: ['uint32', GPE0_LENGTH],
  sci_int: ['uint16', SCI],
  'acpi-pcihp-io-base': ['uint16', PCI_HOTPLUG],
  'acpi-pcihp-io-len': ['uint16', PCI_HOTPLUG_SIZE],
});

/** Power management of the PIIX4, function 01.3: ACPI, hotplug and the SMBus. */
export class Piix4PowerManagement extends PciDevice implements PowerManagement {
  readonly acpi: AcpiRegisters;
  #hotplug: AcpiPciHotplug | undefined;
  #memoryHotplug: AcpiMemoryHotplug | undefined;
  #cpuHotplug: AcpiCpuHotplug | undefined;
  #ports: MemoryRegion | undefined;

  constructor(
    type: QomType,
    private readonly machine: PcMachine,
  ) {
    super(type);
    this.acpi = createAcpiRegisters(machine);
    this.setValue(smbusBase, SMBUS_BASE);
    this.setValue(smmEnabled, machine.accelerator === 'tcg' && machine.value(smm) !== 'off');
    addInterruptLines(this, 'early');
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
      pm1Control: PM_PORTS + 4,
      gpe0: GPE0,
      gpe0Length: GPE0_LENGTH,
      smiCommand: COMMAND_PORT,
      enableCommand: COMMANDS.enable,
      pciHotplug: PCI_HOTPLUG,
      hotplugBuses: this.#hotplug?.busNumbers ?? [],
      nativeSlots: false,
      memoryHotplug: memoryHotplugTable(this.memoryHotplug),
      cpuHotplug: { port: CPU_HOTPLUG, places: this.cpuHotplug.placeCount },
    };
  }

  protected override onPciRealize(): void {
    const { portMemory } = this.machine;
    const ports = this.region('piix4-pm', 64n);
    const parts = [
      ['acpi-evt', 4n, 0n],
      ['acpi-cnt', 2n, 4n],
      ['acpi-tmr', 4n, 8n],
    ] as const;
    const [event, control] = parts.map(([label, size, at]) => {
      const part = this.region(label, size, 'io');
      ports.addSubregion(at, part);
      return part;
    });
    ports.enabled = false;
    portMemory.addSubregion(0n, ports);
    this.#ports = ports;
    addPorts(this, portMemory, [['pm-smbus', Number(SMBUS_SIZE), this.value(smbusBase)]]);
    new Bus(this.type.registry.require('i2c-bus'), 'i2c', this);

    const place = (label: string, size: bigint, port: number) => {
      const region = this.region(label, size, 'io');
      portMemory.addSubregion(BigInt(port), region);
      return region;
    };
    connectCommandPort(place('apm-io', 2n, COMMAND_PORT), this.acpi, COMMANDS);
    const gpe0 = place('acpi-gpe0', BigInt(GPE0_LENGTH), GPE0);
    if (event !== undefined && control !== undefined) this.acpi.connect(event, control, gpe0, GPE0_LENGTH);
    const cpuRegisters = place('acpi-cpu-hotplug', 32n, CPU_HOTPLUG);
    this.#cpuHotplug = createCpuHotplug(this.machine, this.acpi, cpuRegisters);
    this.#memoryHotplug = createMemoryHotplug(this.machine, this.acpi, place);
    this.#hotplug = new AcpiPciHotplug(
      {
        hotplugObject: this,
        servesBridges: this.value(bridgeSupport),
        servesRoot: this.value(rootHotplug),
        raiseEvent: cause => this.acpi.raise(GPE_PCI_HOTPLUG, cause),
      },
      this.bus,
    );
    place('acpi-pci-hotplug', BigInt(PCI_HOTPLUG_SIZE), PCI_HOTPLUG).registers = this.#hotplug.registers;
    for (const property of FIRMWARE_FACTS) this.addProperty(property);
    this.addProperty(legacyCpuHotplug(() => this.#cpuHotplug));
    this.addProperty({ name: 'pm_io_base', type: 'uint32', get: () => this.portBase });
  }

  override onReset(): void {
    super.onReset();
    this.#placePorts();
    this.acpi.reset();
    this.#hotplug?.reset();
  }

  protected override defineConfig(config: ConfigSpace): void {
    config.define(PM_BASE, 4, 1, PM_BASE_MASK);
    config.define(PM_ENABLE, 1, 0, 1);
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
    ports.enabled = (this.config.read(PM_ENABLE, 1) & 1) === 1;
    portMemory.addSubregion(BigInt(this.portBase), ports);
  }
}

function intel(device: number, classCode: number, interruptPin = 0, revision = 0): PciIdentity {
  return { vendor: INTEL, device, classCode, revision, interruptPin };
}

const BUILT_IN = { userCreatable: false, hotpluggable: false } as const;

/** @param machine the machine that the functions become part of */
export function piixTypes(machine: PcMachine): readonly TypeInfo[] {
  const interfaces = ['conventional-pci-device'];
  return [
    {
      name: 'pci-piix3',
      parent: 'pci-device',
      abstract: true,
      interfaces: [...interfaces, 'acpi-dev-aml-interface'],
      class: { ...BUILT_IN, category: 'bridge', description: 'ISA bridge', pci: intel(0x7000, 0x0601) },
    },
    { name: 'PIIX3', parent: 'pci-piix3', create: type => new Piix3(type, machine) },
    {
      name: 'PIIX4_PM',
      parent: 'pci-device',
      interfaces: [...interfaces, 'hotplug-handler', 'acpi-device-interface'],
      properties: [
        smbusBase,
        uint8('disable_s3', 0),
        uint8('disable_s4', 0),
        uint8('s4_val', 2),
        bridgeSupport,
        rootHotplug,
        bool('memory-hotplug-support', true),
        bool('smm-compat', false),
        smmEnabled,
        bool('x-not-migrate-acpi-index', false),
      ],
      create: type => new Piix4PowerManagement(type, machine),
      class: {
        ...BUILT_IN,
        category: 'bridge',
        description: 'PM',
        lines: [
          { name: 'smi-irq', outputs: 1 },
          { name: '', outputs: 1 },
        ],
        pci: intel(0x7113, 0x0680, 1, 3),
      },
    },
  ];
}
