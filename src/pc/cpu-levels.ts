import type { Device } from '../qdev/device.ts';
import { uint32 } from '../qdev/properties.ts';
import { factsOf } from './cpu-facts.ts';
import { leafOf } from './cpu-feature-words.ts';

const UNSET = 0xffffffff;
const FIRST_EXTENDED = 0x80000000;
/** Leaves that are about one feature, besides that by which it is told. */
const OWN_LEAVES: Readonly<Record<string, number>> = {
  sgx: 0x12,
  'intel-pt': 0x14,
  svm: 0x8000000a,
};
/** Of Centaur's own leaves, which are counted by themselves. */
const FIRST_CENTAUR = 0xc0000000;

const minLevel = uint32('min-level', 0);
const minXlevel = uint32('min-xlevel', 0);
const minXlevel2 = uint32('min-xlevel2', 0);
const level = uint32('level', UNSET);
const levelFunc7 = uint32('level-func7', UNSET);
const xlevel = uint32('xlevel', UNSET);
const xlevel2 = uint32('xlevel2', UNSET);

export const LEVEL_PROPERTIES = [
  minLevel,
  minXlevel,
  minXlevel2,
  level,
  levelFunc7,
  xlevel,
  xlevel2,
] as const;

/**
 * Fills in how many leaves CPUID has: as many as the model or the user says, and at least those that features take;
 * unless the user says how many in all.
 * @param features names of those that it has
 */
export function settleLevels(processor: Device, features: readonly string[]): void {
  const facts = factsOf(processor.type.name);
  const leaves = features.flatMap(feature => [leafOf(feature), OWN_LEAVES[feature] ?? 0]);
  const basic = leaves.filter(leaf => leaf < FIRST_EXTENDED);
  const extended = leaves.filter(leaf => leaf >= FIRST_EXTENDED && leaf < FIRST_CENTAUR);
  const leastOf = (property: typeof minLevel, usual: number) =>
    processor.isSet(property) ? processor.value(property) : usual;
  processor.setValue(minLevel, Math.max(leastOf(minLevel, facts.level), ...basic));
  processor.setValue(minXlevel, Math.max(leastOf(minXlevel, facts.xlevel), ...extended));
  for (const [property, usual] of [
    [level, processor.value(minLevel)],
    [xlevel, processor.value(minXlevel)],
    [xlevel2, processor.value(minXlevel2)],
    [levelFunc7, facts.levelFunc7],
  ] as const)
    if (processor.value(property) === UNSET) processor.setValue(property, usual);
}
