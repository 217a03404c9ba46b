import { QmpError } from '../base/errors.ts';
import type { MemoryDeviceInfo } from '../generated/types.ts';
import { freeMemory } from '../memory/memory-source.ts';
import type { MemoryRegion } from '../memory/region.ts';
import { MemoryBackend } from '../objects/memory-backend.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import type { Property } from '../qom/property.ts';
import type { TypeInfo } from '../qom/type.ts';
import { dimmAddress, dimmNode, dimmSlot } from './dimm-place.ts';
import { Machine } from './machine.ts';
import type { MemoryDevices } from './memory-devices.ts';

const memdev = new LinkProperty('memdev', 'memory-backend');

/** What distinguishes a module whose contents stay when the power is gone. */
export interface Persistence {
  /** Bytes at the end of the backend, 0 for none. */
  readonly labelSize: bigint;
  readonly uuid: string;
  /** Whether the guest has to ask the machine to keep what it wrote. */
  readonly needsFlush: boolean;
}

/** A memory module: a backend that is seen by the guest while the module is in its socket. */
export class PcDimm extends Device {
  get #sockets(): MemoryDevices {
    const { machine } = this.system;
    if (!(machine instanceof Machine)) throw new Error('there is no machine around the module');
    return machine.memoryDevices;
  }

  /** For modules whose contents stay. */
  get persistence(): Persistence | undefined {
    return undefined;
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
    const { nodeCount } = this.#sockets;
    if (this.node >= nodeCount) {
      throw new QmpError(
        `'DIMM property node has value ${this.node}' which exceeds the number of numa nodes: ${nodeCount}`,
      );
    }
    this.checkBackend(backend);
    backend.user = this;
    this.#sockets.map(this);
  }

  /** @throws QmpError if a module of this type cannot have it */
  protected checkBackend(_backend: MemoryBackend): void {}

  protected override onUnrealize(): void {
    this.#sockets.unmap(this);
    this.backend.user = undefined;
  }

  describe(): MemoryDeviceInfo {
    return {
      type: this.persistence === undefined ? 'dimm' : 'nvdimm',
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

/** No machine has modules whose contents stay taken out. */
export function nvdimmStays(): QmpError {
  return new QmpError('nvdimm device hot unplug is not supported yet.');
}

const size: Property = {
  name: 'size',
  type: 'uint64',
  get: object => (object instanceof PcDimm ? object.size : 0n),
};

export const PC_DIMM_TYPE: TypeInfo = {
  name: 'pc-dimm',
  parent: 'device',
  interfaces: ['memory-device'],
  properties: [memdev, dimmNode, dimmAddress, dimmSlot, legacyText(memdev.name)],
  instanceProperties: [size],
  create: type => new PcDimm(type),
  class: { description: 'DIMM memory module' },
};
