import { QmpError } from '../base/errors.ts';
import { isUuid, NO_UUID } from '../base/uuid.ts';
import { MemoryRegion } from '../memory/region.ts';
import { bool, QdevProperty } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { PcDimm, type Persistence } from './pc-dimm.ts';

const MIN_LABEL_SIZE = 128n << 10n;

const unarmed = bool('unarmed', false);

const labelSize = new QdevProperty<bigint>({
  name: 'label-size',
  type: 'int',
  initial: 0n,
  isStatic: false,
  alwaysWritable: true,
  parse: (visitor, device) => {
    if (device instanceof Nvdimm && device.isLaidOut) throw new QmpError('cannot change property value');
    const bytes = visitor.size('label-size');
    if (bytes < MIN_LABEL_SIZE) {
      throw new QmpError(
        `Property '${device.type.name}.label-size' (${hex(bytes)}) is required at least ${hex(MIN_LABEL_SIZE)}`,
      );
    }
    return bytes;
  },
  print: bytes => bytes,
});

const uuid = new QdevProperty<string>({
  name: 'uuid',
  type: 'QemuUUID',
  initial: NO_UUID,
  isStatic: false,
  alwaysWritable: true,
  parse: (visitor, device) => {
    const text = visitor.string('uuid');
    if (!isUuid(text)) throw new QmpError(`Property '${device.type.name}.uuid' has invalid value`);
    return text.toLowerCase();
  },
  print: text => text,
});

/** A module whose contents stay. The end of its backend is for labels, which the guest does not see as memory. */
export class Nvdimm extends PcDimm {
  #region: MemoryRegion | undefined;

  /** Whether it is settled what of its backend is seen. */
  get isLaidOut(): boolean {
    return this.#region !== undefined;
  }

  override get region(): MemoryRegion {
    this.#region ??= this.#layOut();
    return this.#region;
  }

  override get persistence(): Persistence {
    return { labelSize: this.value(labelSize), uuid: this.value(uuid), needsFlush: false };
  }

  #layOut(): MemoryRegion {
    const { backend, alignment } = this;
    const { region: target } = backend;
    const label = this.value(labelSize);
    const size = target.size > label ? ((target.size - label) / alignment) * alignment : 0n;
    if (size === 0n) {
      throw new QmpError(
        `the size of memdev ${backend.name} (${hex(target.size)}) is too small to contain nvdimm label (${hex(label)}) ` +
          `and aligned PMEM (${hex(alignment)})`,
      );
    }
    if (target.readonly && !this.value(unarmed))
      throw new QmpError(`'unarmed' property must be 'on' since memdev ${backend.name} is read-only`);
    const region = new MemoryRegion(this, 'nvdimm-memory', size, 'container', { target, offset: 0n });
    region.nonvolatile = true;
    this.onFinalize(() => region.destroy());
    return region;
  }
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

export const NVDIMM_TYPE: TypeInfo = {
  name: 'nvdimm',
  parent: 'pc-dimm',
  properties: [unarmed],
  instanceProperties: [labelSize, uuid],
  create: type => new Nvdimm(type),
};
