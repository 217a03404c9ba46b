import type { MemoryRegion } from '../memory/region.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { PciDevice } from '../pci/device.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { fixesHole64, HOLE_PROPERTIES, hole64Size, PcHostBridge, shortRootBus } from './host-bridge.ts';
import type { PcMachine } from './machine.ts';
import { PAM_REGISTERS, ProgrammableAttributeMap } from './pam.ts';
import { SMRAM_DEFAULT, SystemManagementRam } from './smram.ts';

/** Configuration registers of the 440FX (Intel 82441FX datasheet, 3.2). */
const PAM = 0x59;
const SMRAM = 0x72;

const hole64 = hole64Size(2n << 30n);

/** The bus side of the 440FX host bridge. */
export class I440fxHost extends PcHostBridge {
  constructor(type: QomType, machine: PcMachine) {
    super(type, machine, { type: 'PCI' });
  }

  get hole64(): bigint {
    return this.value(hole64);
  }
}

/** The 440FX as function 00.0 of its own bus, with the map of the memory below 1 MiB. */
export class I440fx extends PciDevice {
  #pam: ProgrammableAttributeMap | undefined;
  #smram: SystemManagementRam | undefined;

  constructor(
    type: QomType,
    private readonly machine: PcMachine,
    /** Whose children the regions of the memory map are. */
    private readonly host: I440fxHost,
  ) {
    super(type);
  }

  protected override onPciRealize(): void {
    const { systemMemory, ram, pciMemory } = this.machine;
    this.#pam = new ProgrammableAttributeMap(this.host, systemMemory, ram, pciMemory);
    this.#smram = new SystemManagementRam(this, { system: systemMemory, ram, pci: pciMemory });
    this.#applySmram();
  }

  /** What system management code sees. */
  get smram(): MemoryRegion {
    if (this.#smram === undefined) throw new Error('i440FX is not realized');
    return this.#smram.view;
  }

  #applySmram(): void {
    if (this.#smram !== undefined) this.#smram.view.enabled = this.#smram.apply(this.config.read(SMRAM, 1));
  }

  override onReset(): void {
    super.onReset();
    this.#pam?.reset();
    this.#applySmram();
  }

  protected override defineConfig(config: ConfigSpace): void {
    config.define(PAM, 4, 0, 0xffffffff);
    config.define(PAM + 4, 3, 0, 0xffffff);
    config.define(SMRAM, 1, SMRAM_DEFAULT, 0x78);
  }

  protected override configWritten(offset: number, size: number): void {
    for (let register = 0; register < PAM_REGISTERS; register++) {
      const at = PAM + register;
      if (at >= offset && at < offset + size) this.#pam?.set(register, this.config.read(at, 1));
    }
    this.#applySmram();
  }
}

/** @param machine the machine that the bridge becomes part of */
export function i440fxTypes(machine: PcMachine): readonly TypeInfo[] {
  return [
    {
      name: 'i440FX-pcihost',
      parent: 'pci-host-bridge',
      properties: [hole64, shortRootBus, fixesHole64, ...HOLE_PROPERTIES],
      create: type => new I440fxHost(type, machine),
      class: { userCreatable: false },
    },
    {
      name: 'i440FX',
      parent: 'pci-device',
      interfaces: ['conventional-pci-device'],
      class: {
        category: 'bridge',
        description: 'Host bridge',
        userCreatable: false,
        hotpluggable: false,
        pci: { vendor: 0x8086, device: 0x1237, classCode: 0x0600, revision: 2, interruptPin: 0 },
      },
    },
  ];
}
