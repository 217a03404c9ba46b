import { QmpError } from '../../base/errors.ts';
import { freeMemory } from '../../memory/memory-source.ts';
import { MemoryRegion } from '../../memory/region.ts';
import { chardev } from '../../qdev/backend-properties.ts';
import { LinkProperty, legacyText } from '../../qdev/link-property.ts';
import { bit, onOffAuto, size, uint8, uint32 } from '../../qdev/properties.ts';
import type { Property } from '../../qom/property.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { UINT64 } from '../../qom/visitor.ts';
import { PciDevice } from '../device.ts';
import { io, memoryBar, portBar } from '../layout.ts';

const RED_HAT = 0x1b36;
const RED_HAT_QUMRANET = 0x1af4;
const OTHERS = 0x00ff;
const OTHER_PERIPHERAL = 0x0880;
const RAM_CLASS = 0x0500;
const CONVENTIONAL = ['conventional-pci-device'] as const;

/** A device to learn writing drivers with. */
class Edu extends PciDevice {
  /** Addresses that it can reach. */
  dmaMask = (1n << 28n) - 1n;
}

const dmaMask: Property = {
  name: 'dma_mask',
  type: 'uint64',
  get: object => (object instanceof Edu ? object.dmaMask : 0n),
  set: (object, visitor) => {
    const mask = visitor.integer('dma_mask', UINT64);
    if (object instanceof Edu) object.dmaMask = mask;
  },
};

const memoryBarSize = size('membar', 0n);

/** A device to test PCI itself with; on demand with a large BAR. */
class PciTestDevice extends PciDevice {
  protected override onPciRealize(): void {
    const wanted = this.value(memoryBarSize);
    if (wanted === 0n) return;
    // QEMU ends itself here.
    if ((wanted & (wanted - 1n)) !== 0n) throw new QmpError(`membar ${wanted} is not a power of two`);
    this.plannedBar(memoryBar(2, io('pci-testdev-membar', wanted), { prefetch: true, is64: true }));
  }
}

const memdev = new LinkProperty('memdev', 'memory-backend');

/** Memory that several guests share: BAR 2 is a memory backend. */
/** Of those who share memory one alone, the master, may move. */
const master = onOffAuto('master', 'off');

class SharedMemory extends PciDevice {
  override get migrationBlocker(): string | undefined {
    if (this.value(master) === 'on') return undefined;
    return "Migration is disabled when using feature 'peer mode' in device 'ivshmem'";
  }

  protected override onPciRealize(): void {
    const backend = this.value(memdev);
    if (backend === undefined) throw new QmpError("You must specify a 'memdev'");
    const memory = freeMemory(backend);
    memory.user = this;
    this.onFinalize(() => {
      memory.user = undefined;
    });
    const { region } = memory;
    this.addBar({ index: 2, type: 'memory', size: Number(region.size), prefetch: true, is64: true, region });
    const registers = [...this.children.values()].find(
      (child): child is MemoryRegion => child instanceof MemoryRegion && child.label === 'ivshmem-mmio',
    );
    // It decodes memory cycles from birth on, until the first reset.
    if (registers !== undefined) this.bus.memory?.addSubregion(0n, registers, 1);
  }
}

class SharedMemoryWithDoorbell extends PciDevice {
  protected override onPciRealize(): void {
    if (this.value(chardev) === undefined) throw new QmpError("You must specify a 'chardev'");
    throw new QmpError('Invalid shared memory server: it does not answer');
  }
}

const IVSHMEM = {
  vendor: RED_HAT_QUMRANET,
  device: 0x1110,
  classCode: RAM_CLASS,
  revision: 1,
  interruptPin: 0,
};
const IVSHMEM_REGISTERS = memoryBar(0, io('ivshmem-mmio', 0x100));

export const MISC_PCI_TYPES: readonly TypeInfo[] = [
  {
    name: 'edu',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [dmaMask],
    create: type => new Edu(type),
    class: {
      category: 'misc',
      pci: { vendor: 0x1234, device: 0x11e8, classCode: OTHERS, revision: 0x10, interruptPin: 1 },
      bars: [memoryBar(0, io('edu-mmio', 0x100000))],
    },
  },
  {
    name: 'pci-testdev',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [memoryBarSize],
    create: type => new PciTestDevice(type),
    class: {
      description: 'PCI Test Device',
      category: 'misc',
      pci: { vendor: RED_HAT, device: 0x0005, classCode: OTHERS, interruptPin: 0 },
      bars: [memoryBar(0, io('pci-testdev-mmio', 0x1000)), portBar(1, io('pci-testdev-portio', 0x100))],
    },
  },
  {
    name: 'pvpanic-pci',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [uint8('events', 3)],
    class: {
      category: 'misc',
      pci: { vendor: RED_HAT, device: 0x0011, classCode: OTHER_PERIPHERAL, revision: 1, interruptPin: 0 },
      bars: [memoryBar(0, io('pvpanic', 0x2))],
    },
  },
  {
    name: 'i6300esb',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    class: {
      description: 'Intel 6300ESB',
      category: 'watchdog',
      pci: { vendor: 0x8086, device: 0x25ab, classCode: OTHER_PERIPHERAL, interruptPin: 0 },
      bars: [memoryBar(0, io('i6300esb', 0x10))],
    },
  },
  {
    name: 'ivshmem-common',
    parent: 'pci-device',
    abstract: true,
    interfaces: CONVENTIONAL,
    class: {
      description: 'Inter-VM shared memory',
      category: 'misc',
      pci: IVSHMEM,
      bars: [IVSHMEM_REGISTERS],
    },
  },
  {
    name: 'ivshmem-plain',
    parent: 'ivshmem-common',
    properties: [memdev, legacyText('memdev'), master],
    create: type => new SharedMemory(type),
  },
  {
    name: 'ivshmem-doorbell',
    parent: 'ivshmem-common',
    properties: [bit('ioeventfd', true), uint32('vectors', 1), chardev, master],
    create: type => new SharedMemoryWithDoorbell(type),
  },
];
