import fc from 'fast-check';
import { pagesOfModule } from '../guest-memory.ts';
import { MODULES, type Place } from './kinds.ts';
import { bridgeAt } from './rtas-steps.ts';
import { type Actor, step } from './step.ts';
import { hypercall, ioba } from './tce-steps.ts';

const anyPlace = fc.nat({ max: 11 });

/** Where a device may go: on the bus of a host bridge, or to one of the kind's places. */
function placeFor(actor: Actor, choice: number): Place {
  const { places } = actor.world.kind;
  if (places.length > 0) return places[choice % places.length] ?? { bus: '' };
  return { bus: bridgeAt(actor, choice)?.bus.busName ?? 'pci.0' };
}

const addVfio = step(
  'device_add vfio-pci',
  fc.record({ host: fc.nat({ max: 11 }), id: fc.constantFrom('a', 'b', 'c', 'd'), place: anyPlace }),
  async (actor, { host: choice, id, place }) => {
    const { devices } = actor.world.host;
    const host = devices[choice % devices.length]?.address ?? '';
    return await actor.attempt('device_add', { driver: 'vfio-pci', host, id, ...placeFor(actor, place) });
  },
);

const addEmulated = step('device_add of an emulated one', anyPlace, async (actor, place) => {
  const driver = actor.world.kind.places.length > 1 ? 'e1000e' : 'e1000';
  return await actor.attempt('device_add', { driver, id: `nic${place % 3}`, ...placeFor(actor, place) });
});

const addPhb = step(
  'device_add of a host bridge',
  fc.record({
    index: fc.integer({ min: 1, max: 3 }),
    dma_win_addr: fc.constantFrom(0, 0x1000, 0x40000000, 0x7fff0000, 0x80000000),
    dma_win_size: fc.constantFrom(0, 0x10000, 0x2000000),
  }),
  async (actor, { index, ...window }) => {
    const bridge = { driver: 'spapr-pci-host-bridge', id: `phb${index}`, index, ...window };
    return await actor.attempt('device_add', bridge);
  },
);

const anyModule = fc.nat({ max: MODULES - 1 });

const addModule = step('device_add of memory', anyModule, async (actor, number) => {
  return await actor.attempt('device_add', {
    driver: 'pc-dimm',
    id: `dimm${number}`,
    memdev: `memory${number}`,
  });
});

/** A guest that gives memory back has mostly taken it out of its tables before. */
const removeModule = step(
  'device_del of memory',
  fc.record({ module: anyModule, tidily: fc.nat({ max: 7 }).map(choice => choice !== 0) }),
  async (actor, { module, tidily }) => {
    const { tables, machine } = actor.member;
    const { dimms } = machine.memoryDevices;
    const dimm = dimms[module % dimms.length];
    if (dimm?.id === undefined) return 'idle';
    if (tables !== undefined && tidily) {
      for (const [table, page] of [...tables.leadingTo(pagesOfModule(dimm))]) {
        tables.note(table, page, [0n]);
        await hypercall(actor, 'H_PUT_TCE', table, [ioba(table, page), 0n]);
      }
    }
    return await actor.attempt('device_del', { id: dimm.id });
  },
);

/** One of those that are there, and sometimes none. */
const removeDevice = step('device_del', fc.nat({ max: 19 }), async (actor, choice) => {
  const fixed = new Set((actor.world.kind.options.devices ?? []).map(device => device.id));
  const ids = actor.member.ids.filter(id => !fixed.has(id) || choice === 1);
  const id = choice === 0 ? 'nobody' : ids[choice % ids.length];
  return id === undefined ? 'idle' : await actor.attempt('device_del', { id });
});

export const deviceSteps = [addVfio, addVfio, addVfio, addVfio, addEmulated, removeDevice, removeDevice];
export const phbSteps = [addPhb, addPhb];
export const moduleSteps = [addModule, addModule, removeModule];
