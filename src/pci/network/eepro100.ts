import { NIC_PROPERTIES } from '../../qdev/nic.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { io, memoryBar, portBar } from '../layout.ts';
import { NetworkAdapter } from './adapter.ts';

const INTEL = 0x8086;
const SERVER = 0x1229;
const EMBEDDED = 0x1209;
const CHIPSET = 0x2449;

/** Intel's 100 Mbit/s family; the members differ in little but their names. */
function eepro100(model: string, device: number, subsystem: object = {}): TypeInfo {
  return {
    name: `i${model}`.toLowerCase(),
    parent: 'pci-device',
    interfaces: ['conventional-pci-device'],
    properties: NIC_PROPERTIES,
    create: type => new NetworkAdapter(type),
    class: {
      description: `Intel i${model} Ethernet`,
      category: 'network',
      pci: { vendor: INTEL, device, classCode: 0x0200, interruptPin: 1, ...subsystem },
      bars: [
        memoryBar(0, io('eepro100-mmio', 0x1000), { prefetch: true }),
        portBar(1, io('eepro100-io', 0x40)),
        memoryBar(2, io('eepro100-flash', 0x20000)),
      ],
      romfile: 'pxe-eepro100.rom',
    },
  };
}

export const EEPRO100_TYPES: readonly TypeInfo[] = [
  eepro100('82550', EMBEDDED),
  eepro100('82551', EMBEDDED),
  eepro100('82557A', SERVER),
  eepro100('82557B', SERVER),
  eepro100('82557C', SERVER),
  eepro100('82558A', SERVER),
  eepro100('82558B', SERVER),
  eepro100('82559A', SERVER),
  eepro100('82559B', SERVER),
  eepro100('82559C', SERVER, { subsystemVendor: INTEL, subsystem: 0x0040 }),
  eepro100('82559ER', EMBEDDED),
  eepro100('82562', EMBEDDED),
  eepro100('82801', CHIPSET),
];
