import { QmpError } from '../base/errors.ts';
import { Nvdimm } from '../machine/nvdimm.ts';
import type { Persistence } from '../machine/pc-dimm.ts';
import type { MemoryBackend } from '../objects/memory-backend.ts';
import { bool } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';

const pmemOverride = bool('pmem-override', false);

/** A module that is flushed on a hypercall of the guest's. */
class SpaprNvdimm extends Nvdimm {
  override get persistence(): Persistence {
    return { ...super.persistence, needsFlush: !this.backend.isPersistent || this.value(pmemOverride) };
  }

  protected override checkBackend({ name, type }: MemoryBackend): void {
    if (!type.isA('memory-backend-file'))
      throw new QmpError(`spapr-nvdimm device requires the memdev ${name} to be of memory-backend-file type`);
  }
}

export const SPAPR_NVDIMM_TYPE: TypeInfo = {
  name: 'spapr-nvdimm',
  parent: 'nvdimm',
  properties: [pmemOverride],
  create: type => new SpaprNvdimm(type),
};
