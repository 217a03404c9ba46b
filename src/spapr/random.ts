import { randomBytes } from 'node:crypto';
import { QmpError } from '../base/errors.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { bool } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { H_FUNCTION, H_SUCCESS, type Hypercall } from './hypercall.ts';

const rng = new LinkProperty('rng', 'rng-backend', 'ID of the random number generator backend');
const useKvm = bool('use-kvm', false);

/** What lets the guest ask for random numbers with a hypercall. */
class SpaprRng extends Device {
  protected override onRealize(): void {
    if ([...this.system.inService].some(device => device instanceof SpaprRng))
      throw new QmpError('spapr-rng can not be instantiated twice!');
    if (this.value(rng) !== undefined) return;
    // No host here has random numbers for guests itself.
    throw new QmpError(
      this.value(useKvm)
        ? 'Could not initialize in-kernel H_RANDOM call!'
        : 'spapr-rng needs an RNG backend!',
    );
  }
}

/** PAPR 2.7, 14.16.2; there is none without the device. */
export const RANDOM_HYPERCALLS: readonly Hypercall[] = [
  {
    name: 'H_RANDOM',
    opcode: 0x300,
    handle: ({ system }) =>
      [...system.inService].some(device => device instanceof SpaprRng)
        ? { ret: H_SUCCESS, out: [randomBytes(8).readBigUInt64BE()] }
        : { ret: H_FUNCTION, out: [] },
  },
];

export const RANDOM_TYPES: readonly TypeInfo[] = [
  {
    name: 'spapr-rng',
    parent: 'device',
    properties: [useKvm, rng, legacyText('rng')],
    create: type => new SpaprRng(type),
    class: { category: 'misc', hotpluggable: false },
  },
];
