import fc from 'fast-check';
import { ERRNOS } from '../../src/base/errors.ts';
import { HOST_OPERATIONS } from '../../src/host/operations.ts';
import { HardwareError } from '../../src/index.ts';
import { SpaprPhb } from '../../src/spapr/phb.ts';
import { dmaWinAddr } from '../../src/spapr/phb-properties.ts';
import type { TceTable } from '../../src/spapr/tce-table.ts';
import type { Arguments } from '../helpers/wire.ts';
import { MODULE_PAGES, MODULE_START, MODULES, RAM_PAGES, type World } from './model-world.ts';

/** A step of a random story. The model is in the world itself: it knows what the guest has put into its tables. */
export type WorldCommand = fc.AsyncCommand<object, World>;

class Step implements WorldCommand {
  constructor(
    private readonly text: string,
    private readonly does: (world: World) => Promise<unknown>,
  ) {}

  check(): boolean {
    return true;
  }

  /** After a hardware error there is no machine any more. */
  async run(_model: object, world: World): Promise<void> {
    if (world.ended) return;
    try {
      await this.does(world);
    } catch (error) {
      if (!(error instanceof HardwareError)) throw error;
    }
  }

  toString(): string {
    return this.text;
  }
}

/** Which page of which window: numbers that any window can make sense of. */
const place = fc.record({
  window: fc.nat({ max: 3 }),
  /** From the window's start, or, negative, its end; about the borders of what tables are stored in. */
  page: fc.constantFrom(0, 1, 2, 3, 15, 4094, 4095, 4096, 8191, -1, -2),
});

type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;

/** First and last pages of modules, and what large pages of them begin with. */
const MODULE_BORDERS = Array.from({ length: MODULES }, (_, number) => {
  const start = MODULE_START + number * MODULE_PAGES;
  return [start, start + 0x10, start + 0x1000, start + MODULE_PAGES - 1];
}).flat();

const tce = fc
  .record({
    page: fc.oneof(
      { weight: 6, arbitrary: fc.nat({ max: 1023 }) },
      // The beginning of large pages.
      { weight: 2, arbitrary: fc.constantFrom(0x10, 0x20, 0x1000, 0x200) },
      // In modules, about their borders.
      { weight: 2, arbitrary: fc.constantFrom(...MODULE_BORDERS) },
      // The last page, the first beyond memory, and where registers of host bridges are.
      { weight: 2, arbitrary: fc.constantFrom(RAM_PAGES - 1, RAM_PAGES, 2 ** 20, 2 ** 33, 2 ** 52 - 1) },
    ),
    perm: fc.oneof(fc.constant(3), fc.nat({ max: 3 })),
    stray: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(0xff0) }),
  })
  .map(({ page, perm, stray }) => BigInt(page) * 0x1000n + BigInt(perm + stray));

function locate(world: World, { window, page }: Place): { table: TceTable; page: number } | undefined {
  const table = world.windows[window % Math.max(world.windows.length, 1)];
  if (table === undefined) return undefined;
  return { table, page: page < 0 ? Math.max(table.window.entries + page, 0) : page };
}

function ioba({ window: { busOffset, pageShift } }: TceTable, page: number): bigint {
  return busOffset + (BigInt(page) << BigInt(pageShift));
}

const put = fc.tuple(place, tce).map(([where, value]) => {
  return new Step(`H_PUT_TCE ${show(where)} 0x${value.toString(16)}`, async world => {
    const found = locate(world, where);
    if (found === undefined) return;
    const { table, page } = found;
    world.note(table, page, [value]);
    await world.hypercall('H_PUT_TCE', table, [ioba(table, page), value]);
  });
});

const stuff = fc
  .tuple(
    place,
    fc.oneof({ weight: 3, arbitrary: fc.constant(0n) }, { weight: 1, arbitrary: tce }),
    fc.nat({ max: 20 }),
  )
  .map(([where, value, count]) => {
    return new Step(`H_STUFF_TCE ${show(where)} 0x${value.toString(16)} x ${count}`, async world => {
      const found = locate(world, where);
      if (found === undefined) return;
      const { table, page } = found;
      if (count <= table.window.entries) world.note(table, page, new Array<bigint>(count).fill(value));
      await world.hypercall('H_STUFF_TCE', table, [ioba(table, page), value, BigInt(count)]);
    });
  });

const LIST = BigInt((RAM_PAGES - 1) * 0x1000);

const putIndirect = fc.tuple(place, fc.array(tce, { maxLength: 12 })).map(([where, values]) => {
  return new Step(
    `H_PUT_TCE_INDIRECT ${show(where)} ${values.map(value => value.toString(16))}`,
    async world => {
      const found = locate(world, where);
      if (found === undefined) return;
      const { table, page } = found;
      values.forEach((value, i) => {
        world.machine.ram.writeUint64(LIST + BigInt(i) * 8n, value);
      });
      world.note(table, page, values);
      await world.hypercall('H_PUT_TCE_INDIRECT', table, [ioba(table, page), LIST, BigInt(values.length)]);
    },
  );
});

const bridgeWindow = fc.record({
  bridge: fc.nat({ max: 11 }),
  pageShift: fc.constantFrom(12, 16, 16, 21, 24, 13),
  windowShift: fc.constantFrom(16, 22, 26, 30),
  /** A v1 host can have no more windows: the machine would end too often. */
  evenOnOldHosts: fc.nat({ max: 15 }).map(choice => choice === 0),
});

const createWindow = bridgeWindow.map(({ bridge, pageShift, windowShift, evenOnOldHosts }) => {
  const text = `ibm,create-pe-dma-window bridge ${bridge} 2^${pageShift} 2^${windowShift} ${evenOnOldHosts}`;
  return new Step(text, async world => {
    const phb = phbAt(world, bridge);
    const isOld = world.machine.vfio.containers.some(({ iommu }) => iommu.type === 'spapr-tce-v1');
    if (phb === undefined || (isOld && !evenOnOldHosts)) return;
    // A window that does not begin with a page makes no sense, but nothing keeps a client from asking for it.
    if (phb.value(dmaWinAddr) % (1n << BigInt(pageShift)) !== 0n) return;
    await world.rtas('ibm,create-pe-dma-window', phb, [0, ...buidOf(phb), pageShift, windowShift], 4);
  });
});

const removeWindow = fc.nat({ max: 11 }).map(window => {
  return new Step(`ibm,remove-pe-dma-window ${window}`, async world => {
    const found = locate(world, { window, page: 0 });
    const phb = found?.table.parent;
    if (found === undefined || !(phb instanceof SpaprPhb)) return;
    await world.rtas('ibm,remove-pe-dma-window', phb, [found.table.liobn], 1);
  });
});

const resetWindows = fc.nat({ max: 11 }).map(bridge => {
  return new Step(`ibm,reset-pe-dma-window ${bridge}`, async world => {
    const phb = phbAt(world, bridge);
    if (phb !== undefined) await world.rtas('ibm,reset-pe-dma-window', phb, [0, ...buidOf(phb)], 1);
  });
});

function phbAt(world: World, choice: number): SpaprPhb | undefined {
  const { phbs } = world.machine;
  return phbs[choice % phbs.length];
}

function buidOf({ buid }: SpaprPhb): [high: number, low: number] {
  return [Number(buid >> 32n), Number(buid & 0xffffffffn)];
}

const HOST_DEVICES = [
  '0001:00:00.0',
  '0002:01:00.0',
  '0002:01:00.1',
  '0003:01:00.0',
  '0004:01:00.0',
] as const;
/** A bus by number, of those that are there. */
const anyBus = fc.nat({ max: 11 });

function busOf(world: World, choice: number): string {
  return phbAt(world, choice)?.bus.busName ?? 'pci.0';
}

function addDevice(args: Arguments<'device_add'>, bus: number): WorldCommand {
  return new Step(`device_add ${JSON.stringify(args)} bus ${bus}`, world => {
    return world.execute('device_add', { ...args, bus: busOf(world, bus) });
  });
}

const addVfio = fc
  .record({ host: fc.constantFrom(...HOST_DEVICES), id: fc.constantFrom('a', 'b', 'c', 'd'), bus: anyBus })
  .map(({ host, id, bus }) => addDevice({ driver: 'vfio-pci', host, id }, bus));

const addEmulated = anyBus.map(bus => addDevice({ driver: 'e1000', id: `nic${bus % 3}` }, bus));

const addPhb = fc
  .record({
    index: fc.integer({ min: 1, max: 3 }),
    start: fc.constantFrom(0, 0x1000, 0x40000000, 0x7fff0000, 0x80000000),
    size: fc.constantFrom(0, 0x10000, 0x2000000),
  })
  .map(({ index, start, size }) => {
    const driver = 'spapr-pci-host-bridge';
    const args = { driver, id: `phb${index}`, index, dma_win_addr: start, dma_win_size: size };
    return new Step(`device_add ${JSON.stringify(args)}`, world => world.execute('device_add', args));
  });

const addModule = fc.nat({ max: MODULES - 1 }).map(number => {
  const args = { driver: 'pc-dimm', id: `dimm${number}`, memdev: `memory${number}` };
  return new Step(`device_add ${JSON.stringify(args)}`, world => world.execute('device_add', args));
});

/** A guest that gives memory back has taken it out of its tables before. */
const removeModule = fc.nat({ max: MODULES - 1 }).map(choice => {
  return new Step(`device_del of module ${choice}, tidily`, async world => {
    const { dimms } = world.machine.memoryDevices;
    const dimm = dimms[choice % dimms.length];
    if (dimm?.id === undefined) return;
    for (const table of world.windows) {
      for (const [page, tce] of world.tables.get(table.liobn) ?? []) {
        if ((tce & 3n) === 0n || tce < dimm.address || tce >= dimm.address + dimm.size) continue;
        world.note(table, page, [0n]);
        await world.hypercall('H_PUT_TCE', table, [ioba(table, page), 0n]);
      }
    }
    await world.execute('device_del', { id: dimm.id });
  });
});

/** One of those that are there, and sometimes none. */
const removeDevice = fc.nat({ max: 19 }).map(choice => {
  return new Step(`device_del ${choice}`, async world => {
    const ids = [...world.machine.system.peripheral.children.keys()];
    const id = choice === 0 ? 'nobody' : ids[choice % ids.length];
    if (id !== undefined) await world.execute('device_del', { id });
  });
});

const fault = fc
  .record({
    op: fc.constantFrom(...HOST_OPERATIONS),
    errno: fc.constantFrom(...ERRNOS),
    after: fc.nat({ max: 5 }),
    times: fc.constantFrom(1, 1, 2, 100),
  })
  .map(options => {
    return new Step(`x-host-fault-add ${JSON.stringify(options)}`, world =>
      world.execute('x-host-fault-add', options),
    );
  });

const repair = fc.constant(
  new Step('x-host-fault-remove, all', async world => {
    for (const { id } of world.host.faults.list()) await world.execute('x-host-fault-remove', { id });
  }),
);

const reset = fc.constant(new Step('system_reset', world => world.reset()));
const pause = fc.constant(new Step('stop', world => world.execute('stop')));
const resume = fc.constant(new Step('cont', world => world.execute('cont')));

function show({ window, page }: Place): string {
  return `window ${window} page ${page}`;
}

/** What can happen, more often what is more interesting. */
export const worldCommands: fc.Arbitrary<WorldCommand>[] = [
  ...[put, put, put, put, stuff, stuff, putIndirect, putIndirect],
  ...[addVfio, addVfio, addVfio, addVfio, addEmulated, addPhb, addPhb, removeDevice, removeDevice],
  ...[addModule, addModule, removeModule],
  ...[createWindow, createWindow, removeWindow, resetWindows],
  ...[fault, repair, reset, pause, resume, resume],
];
