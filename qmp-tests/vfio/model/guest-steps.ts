import fc from 'fast-check';
import { plainStep, step } from './step.ts';

const SECOND = 1_000_000_000;

const pause = plainStep('stop', async actor => await actor.attempt('stop'));
const resume = plainStep('cont', async actor => await actor.attempt('cont'));

/** Some guests are slow, and ports wait for second thoughts. */
const wait = step('x-clock-step', fc.constantFrom(0.01, 1, 6, 6, 20), async (actor, seconds) => {
  return await actor.attempt('x-clock-step', { ns: seconds * SECOND });
});

const unplug = fc.constantFrom('accept', 'accept', 'accept', 'refuse', 'ignore');

const setManners = step(
  'x-guest-set',
  fc.record({ unplug, 'delay-ms': fc.constantFrom(0, 0, 10) }),
  async (actor, manners) => await actor.attempt('x-guest-set', manners),
);

const setMannersFor = step(
  'x-guest-set, a device',
  fc.record({ device: fc.constantFrom('a', 'b', 'dimm0', 'phb1'), unplug }),
  async (actor, manners) => await actor.attempt('x-guest-set', manners),
);

const setModel = step(
  'x-guest-set, model',
  fc.constantFrom('linux', 'linux', 'none'),
  async (actor, model) => {
    return await actor.attempt('x-guest-set', { model });
  },
);

export const guestSteps = [pause, resume, resume, wait, wait, setManners, setMannersFor, setModel];
