import { QmpError } from '../base/errors.ts';
import { Nvdimm } from '../machine/nvdimm.ts';
import type { MemoryBackend } from '../objects/memory-backend.ts';
import { bool } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';

/** A module that is flushed on a hypercall of the guest's. */
class SpaprNvdimm extends Nvdimm {
  protected override checkBackend({ name, type }: MemoryBackend): void {
    if (!type.isA('memory-backend-file'))
      throw new QmpError(`spapr-nvdimm device requires the memdev ${name} to be of memory-backend-file type`);
  }
}

export const SPAPR_NVDIMM_TYPE: TypeInfo = {
  name: 'spapr-nvdimm',
  parent: 'nvdimm',
  properties: [bool('pmem-override', false)],
  create: type => new SpaprNvdimm(type),
};
