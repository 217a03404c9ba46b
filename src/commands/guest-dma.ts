import { QmpError } from '../base/errors.ts';
import { DmaMapper } from '../guest/dma.ts';
import { domainFor, domainOf } from '../guest/linux-vtd.ts';
import type { DmaRemapping, GuestDma, PciPlace, PcPlatform } from '../guest/platform.ts';
import { RemappedDma } from '../guest/remapped-dma.ts';
import type { Machine } from '../machine/machine.ts';
import { PciDevice } from '../pci/device.ts';
import { resolvePath } from '../qom/path.ts';
import type { SpaprMachine } from '../spapr/machine.ts';
import { SpaprPhb } from '../spapr/phb.ts';
import { type CommandContext, spaprMachine } from './context.ts';

/** Whose DMA is meant, and how. */
export interface DmaRequest {
  readonly device?: string | undefined;
  readonly liobn?: number | undefined;
  readonly iova: bigint;
  /** Whether there must be mappings already, so that nothing is set up for them. */
  readonly existing?: boolean;
  /** Whether the guest invalidates what remapping hardware may have cached; it does unless told otherwise. */
  readonly invalidate?: boolean | undefined;
}

/** What a driver in the guest would map with. @throws QmpError */
export function guestDma(context: CommandContext, request: DmaRequest): GuestDma {
  const { device, liobn, existing = false, invalidate = true } = request;
  if (device !== undefined && liobn !== undefined)
    throw new QmpError("Parameters 'device' and 'liobn' are mutually exclusive");
  const { machine } = context;
  const platform = machine.guestPlatform;
  if (platform.kind === 'papr') return windowOf(spaprMachine(context), request);
  if (device === undefined) throw new QmpError("Parameter 'device' is missing");
  const place = placeOf(machine, device);
  const remapping = remappingOf(platform);
  const domain = domainOf(remapping, place);
  if (existing && domain === undefined) throw new QmpError(`Nothing is mapped for device '${device}'`);
  const join = () => domainFor(platform, remapping, place);
  return new RemappedDma(remapping, domain, join, invalidate);
}

/** @throws QmpError where there is none, or none that translates */
export function remappingOf(platform: PcPlatform): DmaRemapping {
  const remapping = platform.remapping();
  if (remapping?.canTranslate !== true)
    throw new QmpError('This machine has no IOMMU that translates: devices see memory as it is');
  return remapping;
}

/** Where a guest finds a device. @throws QmpError */
export function placeOf(machine: Machine, id: string): PciPlace {
  const { bus, devfn } = pciDevice(machine, id);
  if (bus.number === 0 && bus !== bus.root)
    throw new QmpError(`The bus of device '${id}' has no number before firmware has given it one`);
  return { bus: bus.number, devfn };
}

function pciDevice(machine: Machine, id: string): PciDevice {
  const device = id.startsWith('/')
    ? resolvePath(machine.system, id)
    : machine.system.peripheral.children.get(id);
  if (!(device instanceof PciDevice)) throw new QmpError(`Device '${id}' not found`, 'DeviceNotFound');
  return device;
}

/** The window meant: the one named, or of the device's bridge the one that holds `iova`. */
function windowOf(machine: SpaprMachine, { device, liobn, iova }: DmaRequest): DmaMapper {
  if (device === undefined && liobn === undefined) throw new QmpError("Parameter 'device' is missing");
  const table = liobn === undefined ? windowAt(machine, device ?? '', iova) : machine.tceTable(liobn);
  if (table === undefined) throw new QmpError(`No DMA window with LIOBN 0x${(liobn ?? 0).toString(16)}`);
  return new DmaMapper(machine.guestPlatform, table.liobn, table.window.pageShift);
}

function windowAt(machine: SpaprMachine, id: string, iova: bigint) {
  const bridge = pciDevice(machine, id).bus.root.owner;
  const windows = bridge instanceof SpaprPhb ? bridge.windows : [];
  const table = windows.find(({ window: { busOffset, entries, pageShift } }) => {
    const offset = iova - busOffset;
    return offset >= 0n && offset < BigInt(entries) << BigInt(pageShift);
  });
  if (table === undefined)
    throw new QmpError(`IOVA 0x${iova.toString(16)} is in no DMA window of device '${id}'`);
  return table;
}
