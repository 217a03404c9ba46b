import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SpaprPhb } from '../../../src/spapr/phb.ts';
import { dmaWinAddr } from '../../../src/spapr/phb-properties.ts';
import type { Returns } from '../../helpers/wire.ts';
import { type Actor, plainStep, step } from './step.ts';
import type { Outcome } from './tally.ts';
import { windowAt } from './tce-steps.ts';

const PARAMETER_ERROR = -3;

/** A bridge by number, of those that are there. */
const anyBridge = fc.nat({ max: 11 });

export function bridgeAt({ member }: Actor, choice: number): SpaprPhb | undefined {
  const { phbs } = member.pseries;
  return phbs[choice % phbs.length];
}

function buidOf({ buid }: SpaprPhb): [high: number, low: number] {
  return [Number(buid >> 32n), Number(buid & 0xffffffffn)];
}

/** @param note notes for the model what was done */
async function rtas(
  actor: Actor,
  name: string,
  args: readonly number[],
  nret: number,
  note?: () => void,
): Promise<Outcome> {
  const isRefusal = ({ ret }: Returns<'x-rtas'>) => ret[0] !== 0;
  const expectation = note === undefined ? { isRefusal } : { isRefusal, note };
  const result = await actor.execute('x-rtas', { name, args: [...args], nret }, expectation);
  return result === undefined ? 'refused' : 'done';
}

/** What a guest can only do where its windows are dynamic. */
export const WINDOW_CALLS = [
  'ibm,create-pe-dma-window',
  'ibm,remove-pe-dma-window',
  'ibm,reset-pe-dma-window',
] as const;
const [CREATE, REMOVE, RESET] = WINDOW_CALLS;

const createWindow = step(
  CREATE,
  fc.record({
    bridge: anyBridge,
    pageShift: fc.constantFrom(12, 16, 16, 21, 24, 13),
    windowShift: fc.constantFrom(16, 22, 26, 30),
    /** A v1 host can have no more windows: the machine would end too often. */
    evenOnOldHosts: fc.nat({ max: 15 }).map(choice => choice === 0),
  }),
  async (actor, { bridge, pageShift, windowShift, evenOnOldHosts }) => {
    const phb = bridgeAt(actor, bridge);
    const isOld = actor.member.machine.vfio.containers.some(({ iommu }) => iommu.type === 'spapr-tce-v1');
    if (phb === undefined || (isOld && !evenOnOldHosts)) return 'idle';
    // A window that does not begin with a page makes no sense, but nothing keeps a client from asking for it.
    if (phb.value(dmaWinAddr) % (1n << BigInt(pageShift)) !== 0n) return 'idle';
    return await rtas(actor, CREATE, [0, ...buidOf(phb), pageShift, windowShift], 4);
  },
);

const removeWindow = step(REMOVE, fc.nat({ max: 11 }), async (actor, window) => {
  const table = windowAt(actor.member, window);
  if (table === undefined || !(table.parent instanceof SpaprPhb)) return 'idle';
  return await rtas(actor, REMOVE, [table.liobn], 1);
});

const resetWindows = step(RESET, anyBridge, async (actor, bridge) => {
  const phb = bridgeAt(actor, bridge);
  if (phb === undefined) return 'idle';
  return await rtas(actor, RESET, [0, ...buidOf(phb)], 1, () => {
    for (const { liobn } of phb.windows) actor.member.tables?.empty(liobn);
  });
});

/**
 * Since pseries-2.6 any bridge has EEH, where one group in one container is all that is assigned there; before,
 * bridges for assigned devices had it, and no other.
 */
function hasEeh({ member: { pseries } }: Actor, phb: SpaprPhb): boolean {
  const { hasEehEverywhere, vfioBridge } = pseries.version;
  if (!hasEehEverywhere) return vfioBridge === 'needed' && phb.type.name === 'spapr-pci-vfio-host-bridge';
  const containers = pseries.vfio.containers.filter(({ space }) => space.dmaSpace === phb.dmaSpace);
  return containers.length === 1 && containers[0]?.groups.length === 1;
}

const EEH_CALLS = [
  { name: 'ibm,read-slot-reset-state2', more: [], nret: 4 },
  { name: 'ibm,set-eeh-option', more: [0], nret: 1 },
  { name: 'ibm,set-eeh-option', more: [2], nret: 1 },
  { name: 'ibm,set-eeh-option', more: [3], nret: 1 },
  { name: 'ibm,set-slot-reset', more: [0], nret: 1 },
  { name: 'ibm,set-slot-reset', more: [1], nret: 1 },
  { name: 'ibm,set-slot-reset', more: [3], nret: 1 },
  { name: 'ibm,configure-pe', more: [], nret: 1 },
] as const;

const callEeh = step(
  'EEH call',
  fc.record({ bridge: anyBridge, call: fc.constantFrom(...EEH_CALLS) }),
  async (actor, { bridge, call: { name, more, nret } }) => {
    const { phbs } = actor.member.pseries;
    const able = phbs.filter(each => hasEeh(actor, each));
    // Mostly one that can.
    const phb = able.length > 0 && bridge > 2 ? able[bridge % able.length] : bridgeAt(actor, bridge);
    if (phb === undefined) return 'idle';
    const isThere = able.includes(phb);
    const args = [0, ...buidOf(phb), ...more];
    const result = await actor.execute('x-rtas', { name, args, nret });
    if (result === undefined) return 'refused';
    const [status] = result.ret;
    assert.equal(status === PARAMETER_ERROR, !isThere, `${name} answers ${status}`);
    return status === 0 ? 'done' : 'refused';
  },
);

const injectError = step(
  'x-host-eeh-inject',
  fc.record({
    group: fc.nat({ max: 5 }),
    error: fc.constantFrom('frozen', 'frozen', 'dma-frozen', 'permanent'),
  }),
  async (actor, { group: choice, error }) => {
    const { groups } = actor.world.host;
    const group = groups[choice % groups.length];
    if (group === undefined) return 'idle';
    return await actor.attempt('x-host-eeh-inject', { group: group.id, error });
  },
);

const reset = plainStep('system_reset', async actor => {
  await actor.world.reset(actor.member);
  return 'done';
});

export const windowSteps = [createWindow, createWindow, removeWindow, resetWindows];
export const eehSteps = [callEeh, callEeh, injectError];
export const resetSteps = [reset];
