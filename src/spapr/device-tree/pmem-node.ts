import type { PcDimm, Persistence } from '../../machine/pc-dimm.ts';
import { drcIndexOf } from '../dr-connector.ts';
import type { SpaprMachine } from '../machine.ts';
import { SCM_BLOCK_SIZE } from '../nvdimm-hotplug.ts';
import { associativity } from './associativity.ts';
import { cells, type DeviceTreeNode, nothing, text, wide } from './node.ts';

/** Storage class memory, which its connector's index stands for. */
export function pmemNode(
  machine: SpaprMachine,
  { slot, size, node }: PcDimm,
  { labelSize, uuid, needsFlush }: Persistence,
): DeviceTreeNode {
  const index = drcIndexOf('pmem', slot);
  return {
    name: `ibm,pmemory@${index.toString(16)}`,
    properties: [
      ...(needsFlush ? [['ibm,hcall-flush-required', nothing] as const] : []),
      ['ibm,cache-flush-required', nothing],
      ['ibm,pmem-application', text('operating-system')],
      ['ibm,metadata-size', cells(Number(labelSize))],
      ['ibm,number-of-blocks', cells(...wide(size / SCM_BLOCK_SIZE))],
      ['ibm,block-size', cells(...wide(SCM_BLOCK_SIZE))],
      ['ibm,my-drc-index', cells(index)],
      ['ibm,unit-guid', text(uuid)],
      ['ibm,associativity', associativity(machine, node)],
      ['device_type', text('ibm,pmemory')],
      ['compatible', text('ibm,pmemory')],
      ['reg', cells(index)],
    ],
    children: [],
  };
}
