import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PciBus } from '../../../src/pci/bus.ts';
import { findBus } from '../../../src/qdev/bus-path.ts';
import { pagesOfModule } from '../guest-memory.ts';
import { MODULES, type Place } from './kinds.ts';
import { isToBeHad, mustBeGiven } from './reasons.ts';
import { bridgeAt } from './rtas-steps.ts';
import { type Actor, step } from './step.ts';
import type { Outcome } from './tally.ts';
import { hypercall, ioba } from './tce-steps.ts';

const anyNumber = fc.nat({ max: 11 });

/** Most clients ask for what can be had; the others for anything. */
const sensibly = fc.nat({ max: 4 }).map(choice => choice !== 0);

/** One of those that are fit, if there are any, else one of all. */
function pick<T>(all: readonly T[], choice: number, isFit: (each: T) => boolean): T | undefined {
  const fit = all.filter(isFit);
  const candidates = fit.length > 0 ? fit : all;
  return candidates[choice % candidates.length];
}

function isPlaceFree({ member }: Actor, { bus, addr }: Place): boolean {
  const found = findBus(member.machine.system.mainBus, bus);
  return found instanceof PciBus && (addr === undefined || found.at(Number(addr) << 3) === undefined);
}

/** Where a device may go: on the bus of a host bridge, or to one of the kind's places. */
function placeFor(actor: Actor, choice: number, isSensible: boolean): Place {
  const { places } = actor.world.kind;
  if (places.length === 0) return { bus: bridgeAt(actor, choice)?.bus.busName ?? 'pci.0' };
  return pick(places, choice, place => !isSensible || isPlaceFree(actor, place)) ?? { bus: '' };
}

function idFor({ member }: Actor, ids: readonly string[], choice: number, isSensible: boolean): string {
  return pick(ids, choice, id => !isSensible || !member.ids.includes(id)) ?? '';
}

const addVfio = step(
  'device_add vfio-pci',
  fc.record({ host: anyNumber, id: anyNumber, place: anyNumber, sensibly }),
  async (actor, { host: hostChoice, id: idChoice, place: placeChoice, sensibly: isSensible }) => {
    const { world, member } = actor;
    const device = pick(world.host.devices, hostChoice, each => !isSensible || isToBeHad(each));
    const id = idFor(actor, VFIO_IDS, idChoice, isSensible);
    const place = placeFor(actor, placeChoice, isSensible);
    const phb = world.kind.family === 'pseries' ? bridgeAt(actor, placeChoice) : undefined;
    const isFree = !member.ids.includes(id) && isPlaceFree(actor, place);
    const isCertain =
      isFree && device !== undefined && isToBeHad(device) && mustBeGiven(member, world.host, device, phb);
    const args = { driver: 'vfio-pci', host: device?.address ?? '', id, ...place };
    const outcome = await actor.attempt('device_add', args);
    assert(outcome === 'done' || !isCertain, `${args.host} was refused without reason`);
    return outcome;
  },
);

const VFIO_IDS = ['a', 'b', 'c', 'd'];
const NIC_IDS = ['nic0', 'nic1'];

const addEmulated = step(
  'device_add of an emulated one',
  fc.record({ id: anyNumber, place: anyNumber, sensibly }),
  async (actor, { id, place, sensibly: isSensible }) => {
    const driver = actor.world.kind.places.length > 1 ? 'e1000e' : 'e1000';
    const args = { driver, id: idFor(actor, NIC_IDS, id, isSensible) };
    return await actor.attempt('device_add', { ...args, ...placeFor(actor, place, isSensible) });
  },
);

const addPhb = step(
  'device_add of a host bridge',
  fc.record({
    bridge: anyNumber,
    dma_win_addr: fc.constantFrom(0, 0, 0x1000, 0x40000000, 0x7fff0000, 0x80000000),
    dma_win_size: fc.constantFrom(0, 0x10000, 0x2000000),
    sensibly,
  }),
  async (actor, { bridge, sensibly: isSensible, ...window }) => {
    const id = idFor(actor, PHB_IDS, bridge, isSensible);
    const args = { driver: 'spapr-pci-host-bridge', id, index: PHB_IDS.indexOf(id) + 1 };
    return await actor.attempt('device_add', { ...args, ...window });
  },
);

const PHB_IDS = ['phb1', 'phb2', 'phb3'];

const addModule = step(
  'device_add of memory',
  fc.record({ module: anyNumber, sensibly }),
  async (actor, { module, sensibly: isSensible }) => {
    const id = idFor(actor, MODULE_IDS, module, isSensible);
    return await actor.attempt('device_add', { driver: 'pc-dimm', id, memdev: id.replace('dimm', 'memory') });
  },
);

const MODULE_IDS = Array.from({ length: MODULES }, (_, number) => `dimm${number}`);

/** What a logical partition is asked for, and lets go, is gone at once. */
async function remove(actor: Actor, id: string): Promise<Outcome> {
  const { machine } = actor.member;
  const { guest } = machine.config;
  const manners = guest.mannersFor(id);
  const isObliging = guest.model.name === 'linux' && manners.unplug === 'accept' && manners.delayMs === 0;
  const isPartition = machine.guestPlatform.kind === 'papr' && machine.guestRuns;
  const outcome = await actor.attempt('device_del', { id });
  if (outcome === 'done' && isPartition && isObliging) assert(!actor.member.ids.includes(id), `${id} stays`);
  return outcome;
}

/** A guest that gives memory back has mostly taken it out of its tables before. */
const removeModule = step(
  'device_del of memory',
  fc.record({ module: anyNumber, tidily: fc.nat({ max: 7 }).map(choice => choice !== 0) }),
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
    return await remove(actor, dimm.id);
  },
);

/** One of those that are there, and sometimes none. */
const removeDevice = step('device_del', fc.nat({ max: 19 }), async (actor, choice) => {
  const fixed = new Set((actor.world.kind.options.devices ?? []).map(device => device.id));
  const ids = actor.member.ids.filter(id => !fixed.has(id) || choice === 1);
  const id = choice === 0 ? 'nobody' : ids[choice % ids.length];
  return id === undefined ? 'idle' : await remove(actor, id);
});

export const deviceSteps = [addVfio, addVfio, addVfio, addEmulated, removeDevice, removeDevice, removeDevice];
export const phbSteps = [addPhb, addPhb];
export const moduleSteps = [addModule, addModule, removeModule, removeModule];
