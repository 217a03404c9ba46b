import { MemoryRegion } from '../memory/region.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { devfnOf } from '../pci/devfn.ts';
import { PciDevice } from '../pci/device.ts';
import { addr } from '../pci/properties.ts';
import { boardLink } from '../qdev/link-property.ts';
import { bool, size, uint16, uint64 } from '../qdev/properties.ts';
import type { QomObject } from '../qom/object.ts';
import { applyGlobals, type QomType, type TypeInfo } from '../qom/type.ts';
import { fixesHole64, HOLE_PROPERTIES, hole64Size, PcHostBridge, shortRootBus } from './host-bridge.ts';
import type { PcMachine } from './machine.ts';
import { PAM_REGISTERS, ProgrammableAttributeMap } from './pam.ts';
import { SMRAM_DEFAULT, SystemManagementRam } from './smram.ts';

/** Configuration registers of the memory controller hub (Intel 3 Series datasheet, 5.1). */
const MMCONFIG = 0x60;
const PAM = 0x90;
const SMRAM = 0x9d;

const MMCONFIG_ENABLE = 1;
const MMCONFIG_UNSET = 2n ** 64n - 1n;
const MMCONFIG_BASE_MASK = 0xf0000000;
const MMCONFIG_SIZE = 0x10000000n;

/** Where system management code sees the legacy display adapter's memory a second time. */
const HIGH_SMRAM = 0xfeda0000n;
const HIGH_SMRAM_SIZE = 0x20000n;
const SMBASE = 0x30000n;
const PRIORITY = 1;

const hole64 = hole64Size(32n << 30n);
const mmconfigBase = uint64('MCFG', 0xb0000000n);
const below4G = size('below-4g-mem-size', 0n);
const above4G = size('above-4g-mem-size', 0n);

/** The PCI Express root complex of the Q35. */
export class Q35Host extends PcHostBridge {
  readonly mch: Mch;
  readonly #mmconfig: MemoryRegion;

  constructor(type: QomType, machine: PcMachine) {
    super(type, machine, { type: 'PCIE', name: 'pcie.0' });
    this.mch = applyGlobals(new Mch(type.registry.require('mch'), machine));
    this.addChild('mch', this.mch);
    this.#mmconfig = new MemoryRegion(this, 'pcie-mmcfg-mmio', MMCONFIG_SIZE, 'io');
    this.setValue(mmconfigBase, MMCONFIG_UNSET);
  }

  get hole64(): bigint {
    return this.value(hole64);
  }

  protected override onRealize(): void {
    super.onRealize();
    this.setValue(below4G, this.machine.ramSplit.below4G);
    this.setValue(above4G, this.machine.ramSplit.above4G);
    this.mch.setValue(addr, devfnOf(0, 0));
    this.mch.realize(this.bus);
  }

  /** Puts the memory-mapped configuration space where firmware wants it. */
  placeMmconfig(base: number | undefined): void {
    const region = this.#mmconfig;
    const { systemMemory } = this.machine;
    systemMemory.removeSubregion(region);
    this.setValue(mmconfigBase, base === undefined ? MMCONFIG_UNSET : BigInt(base));
    if (base !== undefined) systemMemory.addSubregion(BigInt(base), region);
  }

  get mmconfigSize(): bigint {
    return this.#mmconfig.container === undefined ? 0n : MMCONFIG_SIZE;
  }
}

/** The memory controller hub as function 00.0, with the map of the memory below 1 MiB. */
export class Mch extends PciDevice {
  #pam: ProgrammableAttributeMap | undefined;
  #smram: SystemManagementRam | undefined;

  constructor(
    type: QomType,
    private readonly machine: PcMachine,
  ) {
    super(type);
  }

  protected override onPciRealize(): void {
    const { systemMemory: system, ram, pciMemory: pci, ramSplit } = this.machine;
    this.#pam = new ProgrammableAttributeMap(this, system, ram, pci);
    this.#smram = new SystemManagementRam(this, { system, ram, pci });
    this.#applySmram();
    const { view } = this.#smram;
    const ramAlias = (label: string, bytes: bigint, offset: bigint) =>
      new MemoryRegion(this, label, bytes, 'container', { target: ram, offset });
    const hidden = (region: MemoryRegion, within: MemoryRegion, at: bigint, priority = 0) => {
      region.enabled = false;
      within.addSubregion(at, region, priority);
    };
    // More memory can be set aside for system management, in other places; nobody does so here.
    hidden(ramAlias('smram-open-high', HIGH_SMRAM_SIZE, 0xa0000n), system, HIGH_SMRAM, PRIORITY);
    hidden(ramAlias('smram-high', HIGH_SMRAM_SIZE, 0xa0000n), view, HIGH_SMRAM);
    hidden(new MemoryRegion(this, 'tseg-blackhole', 0n, 'io'), system, ramSplit.below4G, PRIORITY);
    hidden(ramAlias('tseg-window', 0n, ramSplit.below4G), view, ramSplit.below4G);
    hidden(new MemoryRegion(this, 'smbase-blackhole', HIGH_SMRAM_SIZE, 'io'), system, SMBASE, PRIORITY);
    hidden(ramAlias('smbase-window', HIGH_SMRAM_SIZE, SMBASE), view, SMBASE);
  }

  /** What system management code sees. */
  get smram(): MemoryRegion {
    if (this.#smram === undefined) throw new Error('mch is not realized');
    return this.#smram.view;
  }

  #applySmram(): void {
    if (this.#smram !== undefined) this.#smram.low.enabled = this.#smram.apply(this.config.read(SMRAM, 1));
  }

  override onReset(): void {
    super.onReset();
    this.#pam?.reset();
    this.#applySmram();
    this.#host.placeMmconfig(undefined);
  }

  protected override defineConfig(config: ConfigSpace): void {
    config.define(MMCONFIG, 4, 0, MMCONFIG_BASE_MASK | MMCONFIG_ENABLE);
    config.define(PAM, 4, 0, 0xffffffff);
    config.define(PAM + 4, 3, 0, 0xffffff);
    config.define(SMRAM, 1, SMRAM_DEFAULT, 0x78);
  }

  protected override configWritten(offset: number, bytes: number): void {
    for (let register = 0; register < PAM_REGISTERS; register++) {
      const at = PAM + register;
      if (at >= offset && at < offset + bytes) this.#pam?.set(register, this.config.read(at, 1));
    }
    this.#applySmram();
    if (offset !== MMCONFIG) return;
    const value = this.config.read(MMCONFIG, 4);
    const base = (value & MMCONFIG_BASE_MASK) >>> 0;
    this.#host.placeMmconfig((value & MMCONFIG_ENABLE) === 0 ? undefined : base);
  }

  get #host(): Q35Host {
    const { owner } = this.bus;
    if (!(owner instanceof Q35Host)) throw new Error('mch outside of its host bridge');
    return owner;
  }
}

/** @param machine the machine that the bridge becomes part of */
export function q35Types(machine: PcMachine): readonly TypeInfo[] {
  const region = (name: string, target: () => QomObject) => boardLink(name, 'memory-region', target);
  return [
    { name: 'pcie-host-bridge', parent: 'pci-host-bridge', abstract: true },
    {
      name: 'q35-pcihost',
      parent: 'pcie-host-bridge',
      properties: [
        mmconfigBase,
        hole64,
        shortRootBus,
        below4G,
        above4G,
        fixesHole64,
        ...HOLE_PROPERTIES,
        {
          name: 'mcfg_size',
          type: 'uint64',
          get: object => (object instanceof Q35Host ? object.mmconfigSize : 0n),
        },
        region('ram-mem', () => machine.ram),
        region('pci-mem', () => machine.pciMemory),
        region('system-mem', () => machine.systemMemory),
        region('io-mem', () => machine.portMemory),
      ],
      create: type => new Q35Host(type, machine),
      class: { userCreatable: false },
    },
    {
      name: 'mch',
      parent: 'pci-device',
      interfaces: ['conventional-pci-device'],
      properties: [uint16('extended-tseg-mbytes', 16), bool('smbase-smram', true)],
      create: type => new Mch(type, machine),
      class: {
        category: 'bridge',
        description: 'Host bridge',
        userCreatable: false,
        pci: { vendor: 0x8086, device: 0x29c0, classCode: 0x0600, interruptPin: 0 },
      },
    },
  ];
}
