import { PcDimm } from '../../machine/pc-dimm.ts';
import type { PciBus } from '../../pci/bus.ts';
import { PciDevice } from '../../pci/device.ts';
import { SpaprCpuCore } from '../cpu-core.ts';
import type { DrConnector } from '../dr-connector.ts';
import type { SpaprMachine } from '../machine.ts';
import { SpaprPhb } from '../phb.ts';
import { cpuNode } from './cpu-node.ts';
import { memoryNode } from './memory-node.ts';
import type { DeviceTreeNode } from './node.ts';
import { pciNode } from './pci-node.ts';
import { phbNode } from './phb-node.ts';
import { pmemNode } from './pmem-node.ts';

/** What a guest is told of what a connector holds. @throws Error if that is nothing */
export function describe(machine: SpaprMachine, { device, index }: DrConnector): DeviceTreeNode {
  if (device instanceof SpaprCpuCore) return cpuNode(machine, device, index);
  if (device instanceof PcDimm && device.persistence !== undefined)
    return pmemNode(machine, device, device.persistence);
  if (device instanceof PcDimm) return memoryNode(machine, index, device.node);
  if (device instanceof SpaprPhb) return phbNode(machine, device, index);
  if (device instanceof PciDevice) return pciNode(machine, phbAbove(device.bus), device);
  throw new Error(`connector 0x${index.toString(16)} holds nothing that a tree could describe`);
}

function phbAbove({ root }: PciBus): SpaprPhb {
  const { owner } = root;
  if (!(owner instanceof SpaprPhb)) throw new Error(`${root.busName} is not below a host bridge`);
  return owner;
}
