import { QmpError } from '../base/errors.ts';
import { NO_UUID } from '../base/uuid.ts';
import type { PcDimm, Persistence } from '../machine/pc-dimm.ts';
import { drcIndexOf } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';
import { NVDIMM } from './properties.ts';

/** Storage class memory comes in such blocks, bytes. */
export const SCM_BLOCK_SIZE = 256n << 20n;

/** @throws QmpError if the machine cannot have this NVDIMM */
export function checkNvdimm(machine: SpaprMachine, { size }: PcDimm, { labelSize, uuid }: Persistence): void {
  if (!machine.version.hasNvdimm) throw new QmpError('NVDIMM hotplug not supported for this machine');
  if (!machine.value(NVDIMM.enabled)) throw new QmpError("nvdimm device found but 'nvdimm=off' was set");
  if (labelSize === 0n) throw new QmpError('PAPR requires NVDIMM devices to have label-size set');
  if (size % SCM_BLOCK_SIZE !== 0n)
    throw new QmpError('PAPR requires NVDIMM memory size (excluding label) to be a multiple of 256MB');
  if (uuid === NO_UUID) throw new QmpError('NVDIMM device requires the uuid to be set');
}

/** An NVDIMM comes as a whole: there is one connector for each socket. */
export function plugNvdimm(machine: SpaprMachine, nvdimm: PcDimm): void {
  const { id: device, hotplugged, slot } = nvdimm;
  const drcIndex = drcIndexOf('pmem', slot);
  const connector = machine.connectors.get(drcIndex);
  if (connector === undefined) throw new Error(`no connector for the NVDIMM in slot ${slot}`);
  connector.attach(nvdimm);
  if (hotplugged) machine.notifyGuest({ kind: 'hotplug', action: 'add', drcIndex, device });
  else connector.onReset();
}
