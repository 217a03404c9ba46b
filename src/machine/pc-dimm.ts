import { QmpError } from '../base/errors.ts';
import type { MemoryDeviceInfo } from '../generated/types.ts';
import { freeMemory } from '../memory/memory-source.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { MemoryBackend } from '../objects/memory-backend.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { int32, uint32, uint64 } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import type { MemoryDevices } from './memory-devices.ts';

/** The slot of a module whose slot the machine is to choose. */
export const DIMM_SLOT_UNASSIGNED = -1;

const memdev = new LinkProperty('memdev', 'memory-backend');
export const dimmNode = uint32('node', 0);
/** 0 for one that the machine is to choose. */
export const dimmAddress = uint64('addr', 0n);
export const dimmSlot = int32('slot', DIMM_SLOT_UNASSIGNED);

/** A memory module: a backend that is seen by the guest while the module is in its socket. */
export class PcDimm extends Device {
  constructor(
    type: QomType,
    private readonly sockets: MemoryDevices,
  ) {
    super(type);
  }

  /** @throws QmpError as long as it is not known */
  get backend(): MemoryBackend {
    const backend = this.value(memdev);
    if (!(backend instanceof MemoryBackend)) throw new QmpError("'memdev' property must be set");
    return backend;
  }

  /** What the guest sees. */
  get region(): MemoryRegion {
    return this.backend.region;
  }

  /** Bytes. */
  get size(): bigint {
    return this.region.size;
  }

  /** In the machine's memory; valid once the module is placed. */
  get address(): bigint {
    return this.value(dimmAddress);
  }

  get slot(): number {
    return this.value(dimmSlot);
  }

  get node(): number {
    return this.value(dimmNode);
  }

  /** What backs it on the host, bytes; undefined for the system's own pages. */
  get pageSize(): number | undefined {
    return this.backend.pageSize;
  }

  /** Of which its address and size must be multiples, bytes. */
  get alignment(): bigint {
    return this.backend.alignment;
  }

  protected override onRealize(): void {
    const { backend } = this;
    freeMemory(backend);
    const { nodeCount } = this.sockets;
    if (this.node >= nodeCount) {
      throw new QmpError(
        `'DIMM property node has value ${this.node}' which exceeds the number of numa nodes: ${nodeCount}`,
      );
    }
    backend.user = this;
    this.sockets.map(this);
  }

  protected override onUnrealize(): void {
    this.sockets.unmap(this);
    this.backend.user = undefined;
  }

  describe(): MemoryDeviceInfo {
    return {
      type: 'dimm',
      data: {
        ...(this.id === undefined ? {} : { id: this.id }),
        addr: this.address,
        slot: this.slot,
        node: this.node,
        memdev: this.backend.path,
        size: this.size,
        hotpluggable: this.hotpluggable,
        hotplugged: this.hotplugged,
      },
    };
  }
}

const size: Property = {
  name: 'size',
  type: 'uint64',
  get: object => (object instanceof PcDimm ? object.size : 0n),
};

/** @param sockets of the machine that the modules become part of */
export function dimmTypes(sockets: MemoryDevices): readonly TypeInfo[] {
  return [
    {
      name: 'pc-dimm',
      parent: 'device',
      interfaces: ['memory-device'],
      properties: [memdev, dimmNode, dimmAddress, dimmSlot, legacyText(memdev.name)],
      instanceProperties: [size],
      create: type => new PcDimm(type, sockets),
      class: { description: 'DIMM memory module' },
    },
  ];
}
