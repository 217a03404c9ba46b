/**
 * The trace events of QEMU 7.2 that have a place in this program, by name, in the order in which QEMU lists them.
 * Each takes the values that it has there, and makes of them the text that QEMU's log shows behind the name.
 */

type Integer = number | bigint;

function hex(value: Integer): string {
  return `0x${value.toString(16)}`;
}

function digits(value: number, count: number): string {
  return value.toString(16).padStart(count, '0');
}

/** An address of the process. */
function pointer(address: Integer): string {
  return BigInt(address) === 0n ? '(nil)' : hex(address);
}

function range(start: bigint, last: bigint): string {
  return `${hex(start)} - ${hex(last)}`;
}

function put(liobn: Integer, ioba: bigint, tce: bigint, ret: bigint): string {
  return `liobn=${hex(liobn)} ioba=${hex(ioba)} tce=${hex(tce)} ret=${ret}`;
}

function get(liobn: Integer, ioba: bigint, ret: bigint, tce: bigint): string {
  return `liobn=${hex(liobn)} ioba=${hex(ioba)} ret=${ret} tce=${hex(tce)}`;
}

function stuff(liobn: Integer, ioba: bigint, tce: bigint, pages: bigint, ret: bigint): string {
  return `liobn=${hex(liobn)} ioba=${hex(ioba)} tcevalue=${hex(tce)} npages=${pages} ret=${ret}`;
}

/** @param iobaN the last address that was set, or the first that was refused @param tceN its entry */
function indirect(
  liobn: Integer,
  ioba: bigint,
  list: bigint,
  iobaN: bigint,
  tceN: bigint,
  ret: bigint,
): string {
  return `liobn=${hex(liobn)} ioba=${hex(ioba)} tcelist=${hex(list)} iobaN=${hex(iobaN)} tceN=${hex(tceN)} ret=${ret}`;
}

function connector(index: number): string {
  return `drc: ${hex(index)}`;
}

function connectorState(index: number, state: number): string {
  return `drc: ${hex(index)}, state: ${hex(state)}`;
}

/** hw/ppc */
const SPAPR = {
  spapr_iommu_put: put,
  spapr_iommu_get: get,
  spapr_iommu_indirect: indirect,
  spapr_iommu_stuff: stuff,
  spapr_iommu_pci_put: put,
  spapr_iommu_pci_get: get,
  spapr_iommu_pci_indirect: indirect,
  spapr_iommu_pci_stuff: stuff,
  spapr_iommu_new_table: (liobn: number, table: bigint, fd: number) =>
    `liobn=${hex(liobn)} table=${pointer(table)} fd=${fd}`,
  spapr_iommu_ddw_query: (buid: bigint, address: number, free: number, largest: bigint, mask: number) =>
    `buid=${hex(buid)} addr=${hex(address)}, ${free} windows available, max window size=${hex(largest)}, mask=${hex(mask)}`,
  spapr_iommu_ddw_create: (
    buid: bigint,
    address: number,
    pageSize: bigint,
    size: bigint,
    start: bigint,
    liobn: number,
  ) =>
    `buid=${hex(buid)} addr=${hex(address)}, page size=${hex(pageSize)}, requested=${hex(size)}, start addr=${hex(start)}, liobn=${hex(liobn)}`,
  spapr_iommu_ddw_remove: (liobn: number) => `liobn=${hex(liobn)}`,
  spapr_iommu_ddw_reset: (buid: bigint, address: number) => `buid=${hex(buid)} addr=${hex(address)}`,
  spapr_drc_set_isolation_state: connectorState,
  spapr_drc_set_isolation_state_finalizing: connector,
  spapr_drc_set_dr_indicator: connectorState,
  spapr_drc_set_allocation_state: connectorState,
  spapr_drc_set_allocation_state_finalizing: connector,
  spapr_drc_set_configured: connector,
  spapr_drc_attach: connector,
  spapr_drc_unplug_request: connector,
  spapr_drc_awaiting_quiesce: connector,
  spapr_rtas_get_sensor_state_not_supported: (index: number, type: number) =>
    `sensor index: ${hex(index)}, type: ${type}`,
  spapr_rtas_get_sensor_state_invalid: (index: number) => `sensor index: ${hex(index)}`,
  spapr_rtas_ibm_configure_connector_invalid: (index: number) => `DRC index: ${hex(index)}`,
} as const;

/** hw/i386 */
const VTD = {
  vtd_switch_address_space: (bus: number, slot: number, fn: number, on: boolean) =>
    `Device ${digits(bus, 2)}:${digits(slot, 2)}.${fn.toString(16)} switching address space (iommu enabled=${Number(on)})`,
  vtd_dmar_enable: (enable: boolean) => `enable ${Number(enable)}`,
} as const;

/** hw/vfio */
const VFIO = {
  vfio_intx_enable: (name: string) => ` (${name})`,
  vfio_intx_disable: (name: string) => ` (${name})`,
  vfio_realize: (name: string, group: number) => ` (${name}) group ${group}`,
  vfio_pci_reset: (name: string) => ` (${name})`,
  vfio_iommu_map_notify: (op: 'MAP' | 'UNMAP', start: bigint, last: bigint) =>
    `iommu ${op} @ ${range(start, last)}`,
  vfio_listener_region_add_skip: (start: bigint, last: bigint) => `SKIPPING region_add ${range(start, last)}`,
  vfio_spapr_group_attach: (groupFd: number, tableFd: number) =>
    `Attached groupfd ${groupFd} to liobn fd ${tableFd}`,
  vfio_listener_region_add_iommu: (start: bigint, last: bigint) => `region_add [iommu] ${range(start, last)}`,
  vfio_listener_region_add_ram: (start: bigint, last: bigint, vaddr: bigint) =>
    `region_add [ram] ${range(start, last)} [${pointer(vaddr)}]`,
  vfio_listener_region_del_skip: (start: bigint, last: bigint) => `SKIPPING region_del ${range(start, last)}`,
  vfio_listener_region_del: (start: bigint, last: bigint) => `region_del ${range(start, last)}`,
  vfio_disconnect_container: (fd: number) => `close container->fd=${fd}`,
  vfio_put_group: (fd: number) => `close group->fd=${fd}`,
  vfio_get_device: (name: string, flags: number, regions: number, irqs: number) =>
    `Device ${name} flags: ${flags}, regions: ${regions}, irqs: ${irqs}`,
  vfio_put_base_device: (fd: number) => `close vdev->fd=${fd}`,
  vfio_region_setup: (
    device: string,
    index: number,
    name: string,
    flags: number,
    offset: bigint,
    size: bigint,
  ) =>
    `Device ${device}, region ${index} "${name}", flags: ${hex(flags)}, offset: ${hex(offset)}, size: ${hex(size)}`,
  vfio_prereg_listener_region_add_skip: range,
  vfio_prereg_listener_region_del_skip: range,
  vfio_prereg_register: (vaddr: bigint, size: bigint, ret: number) =>
    `va=${hex(vaddr)} size=${hex(size)} ret=${ret}`,
  vfio_prereg_unregister: (vaddr: bigint, size: bigint, ret: number) =>
    `va=${hex(vaddr)} size=${hex(size)} ret=${ret}`,
  vfio_spapr_create_window: (pageShift: number, levels: number, size: bigint, start: bigint) =>
    `pageshift=${hex(pageShift)} levels=${levels} winsize=${hex(size)} offset=${hex(start)}`,
  vfio_spapr_remove_window: (start: bigint) => `offset=${hex(start)}`,
} as const;

export const TRACE_EVENTS = { ...VTD, ...SPAPR, ...VFIO } as const;

/** The events that a target has. */
export const TRACE_EVENT_NAMES = {
  ppc64: namesOf({ ...SPAPR, ...VFIO }),
  x86_64: namesOf({ ...VTD, ...VFIO }),
} as const;

function namesOf<T extends object>(table: T): readonly (keyof T)[] {
  // The table has no members but these.
  return Object.keys(table) as (keyof T)[];
}
