import { QmpError } from '../../base/errors.ts';
import { bit, size, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { onBackend } from './family.ts';
import { VirtioDevice } from './virtio-device.ts';
import { disableLegacy, disableModern, ioeventfd, vectors } from './virtio-pci.ts';

export const GPU_KIND = 16;
const MAX_SCANOUTS = 16;

const maxOutputs = uint32('max_outputs', 1);

/** A display adapter (virtio 1.1, 5.7). */
class VirtioGpu extends VirtioDevice {
  protected override onRealize(): void {
    if (this.value(maxOutputs) > MAX_SCANOUTS) throw new QmpError(`invalid max_outputs > ${MAX_SCANOUTS}`);
  }
}

export const VIRTIO_GPU_PROPERTIES = [
  maxOutputs,
  bit('edid', true),
  uint32('xres', 1280),
  uint32('yres', 800),
  size('max_hostmem', 268435456n),
  bit('blob', false),
] as const;

export const VIRTIO_GPU_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-gpu-base',
    module: 'hw-display-virtio-gpu',
    parent: 'virtio-device',
    abstract: true,
    class: { category: 'display' },
  },
  {
    name: 'virtio-gpu-device',
    parent: 'virtio-gpu-base',
    properties: VIRTIO_GPU_PROPERTIES,
    create: type => new VirtioGpu(type),
    class: { virtioName: 'virtio-gpu' },
  },
  {
    name: 'virtio-gpu-pci-base',
    module: 'hw-display-virtio-gpu-pci',
    parent: 'virtio-pci',
    abstract: true,
    properties: [ioeventfd(false), vectors(3)],
    class: {
      category: 'display',
      hotpluggable: false,
      virtio: { backend: 'virtio-gpu-device', kind: GPU_KIND, classCode: 0x0380 },
    },
  },
  {
    name: 'virtio-gpu-pci-base-type',
    parent: 'virtio-gpu-pci-base',
    abstract: true,
    properties: [disableLegacy, disableModern],
  },
  {
    name: 'virtio-gpu-pci',
    parent: 'virtio-gpu-pci-base-type',
    interfaces: ['conventional-pci-device', 'pci-express-device'],
    properties: onBackend(VIRTIO_GPU_PROPERTIES),
    class: { alias: 'virtio-gpu' },
  },
];
