import { QmpError } from '../base/errors.ts';
import { PERM_READ, PERM_WRITE } from '../base/page-table.ts';
import type { DmaPermission } from '../generated/types.ts';
import { DmaMapper } from '../guest/dma.ts';
import { guestModel } from '../guest/models.ts';
import { PciDevice } from '../pci/device.ts';
import { resolvePath } from '../qom/path.ts';
import type { SpaprMachine } from '../spapr/machine.ts';
import { SpaprPhb } from '../spapr/phb.ts';
import { type CommandHandlers, spaprMachine } from './context.ts';
import { describeGuest } from './describe-guest.ts';

const PERMISSIONS: Readonly<Record<DmaPermission, number>> = {
  ro: PERM_READ,
  wo: PERM_WRITE,
  rw: PERM_READ | PERM_WRITE,
};

export const xGuestCommands: CommandHandlers<
  'x-guest-dma-map' | 'x-guest-dma-unmap' | 'x-guest-set' | 'x-query-guest'
> = {
  'x-guest-set': ({ machine }, { model: name, unplug, 'delay-ms': delayMs, device }) => {
    const { guest } = machine.config;
    if (name !== undefined) {
      const model = guestModel(name);
      if (model === undefined) throw new QmpError(`Parameter 'model' does not accept value '${name}'`);
      guest.model = model;
    }
    guest.change({ unplug, delayMs }, device);
  },
  'x-query-guest': ({ machine }) => describeGuest(machine),
  'x-guest-dma-map': (context, { device, liobn, iova, gpa, size, perm = 'rw' }) => {
    const mapper = mapperFor(spaprMachine(context), device, liobn, BigInt(iova));
    return { pages: mapper.map(BigInt(iova), BigInt(gpa), BigInt(size), PERMISSIONS[perm]) };
  },
  'x-guest-dma-unmap': (context, { device, liobn, iova, size }) => {
    const mapper = mapperFor(spaprMachine(context), device, liobn, BigInt(iova));
    return { pages: mapper.unmap(BigInt(iova), BigInt(size)) };
  },
};

/** The window meant: the one named, or of the device's bridge the one that holds `iova`. */
function mapperFor(
  machine: SpaprMachine,
  device: string | undefined,
  liobn: number | undefined,
  iova: bigint,
): DmaMapper {
  if (device !== undefined && liobn !== undefined)
    throw new QmpError("Parameters 'device' and 'liobn' are mutually exclusive");
  if (device === undefined && liobn === undefined) throw new QmpError("Parameter 'device' is missing");
  const table = liobn === undefined ? windowOf(machine, device ?? '', iova) : machine.tceTable(liobn);
  if (table === undefined) throw new QmpError(`No DMA window with LIOBN 0x${(liobn ?? 0).toString(16)}`);
  return new DmaMapper(machine.guestPlatform, table.liobn, table.window.pageShift);
}

function windowOf(machine: SpaprMachine, id: string, iova: bigint) {
  const device = id.startsWith('/')
    ? resolvePath(machine.system, id)
    : machine.system.peripheral.children.get(id);
  if (!(device instanceof PciDevice)) throw new QmpError(`Device '${id}' not found`, 'DeviceNotFound');
  const bridge = device.bus.root.owner;
  const windows = bridge instanceof SpaprPhb ? bridge.windows : [];
  const table = windows.find(({ window: { busOffset, entries, pageShift } }) => {
    const offset = iova - busOffset;
    return offset >= 0n && offset < BigInt(entries) << BigInt(pageShift);
  });
  if (table === undefined)
    throw new QmpError(`IOVA 0x${iova.toString(16)} is in no DMA window of device '${id}'`);
  return table;
}
