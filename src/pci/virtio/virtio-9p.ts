import { QmpError } from '../../base/errors.ts';
import { str } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { virtioFunctions } from './family.ts';
import { VirtioDevice } from './virtio-device.ts';
import { ioeventfd, vectors } from './virtio-pci.ts';

const fsdev = str('fsdev');
const PROPERTIES = [str('mount_tag'), fsdev] as const;

/** A folder of the host's. There is no way to name one here, so none is ever found. */
class Virtio9p extends VirtioDevice {
  protected override onRealize(): void {
    throw new QmpError(`9pfs device couldn't find fsdev with the id = ${this.value(fsdev) ?? 'NULL'}`);
  }
}

export const VIRTIO_9P_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-9p-device',
    parent: 'virtio-device',
    properties: PROPERTIES,
    create: type => new Virtio9p(type),
    class: { virtioName: 'virtio-9p', category: 'storage' },
  },
  ...virtioFunctions({
    name: 'virtio-9p',
    backend: 'virtio-9p-device',
    properties: PROPERTIES,
    functionProperties: [ioeventfd(), vectors(2)],
    kind: 9,
    classCode: 0x0002,
    transitionalId: 0x1009,
    class: { category: 'storage' },
  }),
];
