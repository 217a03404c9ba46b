import { QmpError } from '../../base/errors.ts';
import { LinkProperty, legacyText } from '../../qdev/link-property.ts';
import { uint32, uint64 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { virtioFunctions } from './family.ts';
import { VirtioDevice } from './virtio-device.ts';
import { ioeventfd, vectors } from './virtio-pci.ts';

const OTHERS = 0x00ff;
const MAX_BYTES = 2n ** 63n - 1n;

const period = uint32('period', 1 << 16);
const maxBytes = uint64('max-bytes', MAX_BYTES);
const rng = new LinkProperty('rng', 'rng-backend');

/** A source of entropy (virtio 1.1, 5.4). */
class VirtioRng extends VirtioDevice {
  protected override onRealize(): void {
    if (this.value(period) === 0) throw new QmpError("'period' parameter expects a positive integer");
    if (this.value(maxBytes) > MAX_BYTES)
      throw new QmpError("'max-bytes' parameter must be non-negative, and less than 2^63");
    if (this.value(rng) !== undefined) return;
    const source = this.type.registry.create('rng-builtin');
    this.addChild('default-backend', source);
    this.setValue(rng, source);
  }
}

const PROPERTIES = [maxBytes, period, rng, legacyText('rng')] as const;

export const VIRTIO_RNG_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-rng-device',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new VirtioRng(type),
    class: { virtioName: 'virtio-rng', category: 'misc' },
  },
  ...virtioFunctions({
    name: 'virtio-rng',
    backend: 'virtio-rng-device',
    properties: PROPERTIES,
    functionProperties: [ioeventfd(), vectors()],
    kind: 4,
    classCode: OTHERS,
    transitionalId: 0x1005,
    class: { category: 'misc' },
  }),
];
