import type { SpaprMachine } from '../machine.ts';
import { LMB_SIZE } from '../memory-rules.ts';
import { associativity } from './associativity.ts';
import { cells, type DeviceTreeNode, text, wide } from './node.ts';

/**
 * A block of memory (PAPR 2.7, B.6.1.6). Its address is that of QEMU, which counts the connector's type in.
 * @param node the NUMA node of the module that it is part of
 */
export function memoryNode(machine: SpaprMachine, drcIndex: number, node: number): DeviceTreeNode {
  const address = BigInt(drcIndex) * LMB_SIZE;
  return {
    name: `memory@${address.toString(16)}`,
    properties: [
      ['ibm,associativity', associativity(machine, node)],
      ['reg', cells(...wide(address), ...wide(LMB_SIZE))],
      ['device_type', text('memory')],
    ],
    children: [],
  };
}
