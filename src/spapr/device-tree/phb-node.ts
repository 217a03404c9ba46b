import type { SpaprMachine } from '../machine.ts';
import type { SpaprPhb } from '../phb.ts';
import { PIO_SIZE } from '../phb-placement.ts';
import { ddw, NUMA_UNSET, numaNode } from '../phb-properties.ts';
import type { TceTable } from '../tce-table.ts';
import { associativity } from './associativity.ts';
import { connectorProperties } from './connectors.ts';
import { cells, type DeviceTreeNode, nothing, type PropertyValue, text, wide } from './node.ts';
import { functionNodes } from './pci-node.ts';

/** Kinds of addresses (PCI Bus Binding 2.1, 2.2.1.1). */
const IO_SPACE = 0x01000000;
const MEMORY_SPACE = 0x02000000;
const MEMORY_SPACE_64 = 0x03000000;

/** Interrupt numbers: of the lines of each bridge's slots, four, and from where on those of messages are. */
const FIRST_LINE = 0x1200;
const LINES = 4;
const FIRST_MESSAGE = 0x1300;
const FIRST_INTERRUPT = 0x1000;
const INTERRUPT_CONTROLLER = 0x1111;
const LEVEL_TRIGGERED = 1;
const SLOTS = 32;
const SLOT_MASK = (SLOTS - 1) << 11;

/** Tokens of the services for dynamic windows: query, create, remove, and reset as an extension. */
const DDW_SERVICES = [0x2026, 0x2027, 0x2028] as const;
/** Two extensions: the service that resets, and windows of more than 32 bits of entries. */
const DDW_EXTENSIONS = [2, 0x2029, 1] as const;

/** A PCI host bridge with all below it (PAPR 2.7, B.6.5). */
export function phbNode(machine: SpaprMachine, phb: SpaprPhb, drcIndex: number): DeviceTreeNode {
  const when = (condition: boolean, ...properties: readonly (readonly [string, PropertyValue])[]) =>
    condition ? properties : [];
  const node = phb.value(numaNode);
  const [table] = phb.windows;
  const messages = machine.version.icsSources - (FIRST_MESSAGE - FIRST_INTERRUPT);
  return {
    name: `pci@${phb.buid.toString(16)}`,
    properties: [
      ['name', text('pci')],
      ...connectorProperties(machine, phb),
      ['#size-cells', cells(2)],
      ['#address-cells', cells(3)],
      ['qemu,phb-enumerated', cells(1)],
      ['ibm,my-drc-index', cells(drcIndex)],
      ['ibm,dma-window', cells(...dmaWindow(table))],
      ['ibm,#dma-size-cells', cells(2)],
      ['ibm,#dma-address-cells', cells(2)],
      ['interrupt-map', cells(...interruptMap(phb.index))],
      ['interrupt-map-mask', cells(SLOT_MASK, 0, 0, -1)],
      ...when(node !== NUMA_UNSET, ['ibm,associativity', associativity(machine, node)]),
      ...when(
        phb.value(ddw),
        ['ibm,ddw-extensions', cells(...DDW_EXTENSIONS)],
        ['ibm,ddw-applicable', cells(...DDW_SERVICES)],
      ),
      ['ibm,pe-total-#msi', cells(messages)],
      ['ibm,pci-config-space-type', cells(1)],
      ['reg', cells(...wide(phb.buid), 0, 0)],
      ['ranges', cells(...ranges(phb))],
      ['bus-range', cells(0, 0xff)],
      ['used-by-rtas', nothing],
      ['#interrupt-cells', cells(1)],
      ['compatible', text('IBM,Logical_PHB')],
      ['device_type', text('pci')],
    ],
    children: functionNodes(machine, phb, phb.bus),
  };
}

/** Name, address and size of a window. */
function dmaWindow(table: TceTable | undefined): readonly number[] {
  if (table === undefined) return [0, 0, 0, 0, 0];
  const { busOffset, entries, pageShift } = table.window;
  return [table.liobn, ...wide(busOffset), ...wide(BigInt(entries) << BigInt(pageShift))];
}

/** PCI addresses, and where the processor sees them, by window. */
function ranges(phb: SpaprPhb): readonly number[] {
  const { pio, mmio32, mmio64 } = phb.processorWindows;
  const range = (space: number, pci: bigint, cpu: bigint, size: bigint) =>
    size === 0n ? [] : [space, ...wide(pci), ...wide(cpu), ...wide(size)];
  return [
    ...range(IO_SPACE, 0n, pio, PIO_SIZE),
    ...range(MEMORY_SPACE, mmio32.pci, mmio32.cpu, mmio32.size),
    ...range(MEMORY_SPACE_64, mmio64.pci, mmio64.cpu, mmio64.size),
  ];
}

/** From a slot and one of its four pins to an interrupt; the pins of neighbours are shifted. */
function interruptMap(phbIndex: number): readonly number[] {
  const first = FIRST_LINE + phbIndex * LINES;
  return Array.from({ length: SLOTS * LINES }, (_, index) => {
    const [slot, pin] = [Math.floor(index / LINES), index % LINES];
    const line = first + ((slot + pin) % LINES);
    return [slot << 11, 0, 0, pin + 1, INTERRUPT_CONTROLLER, line, LEVEL_TRIGGERED];
  }).flat();
}
