import { Device } from '../../qdev/device.ts';
import { bit, bool } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';

declare module '../../qom/type.ts' {
  interface ClassData {
    /** The name of a virtio device in names of memory regions. */
    readonly virtioName?: string;
  }
}

/** A virtio device proper, independent of the transport that carries it. */
export class VirtioDevice extends Device {
  get virtioName(): string {
    return this.type.class.virtioName ?? this.type.name;
  }

  /** Bytes of the device's own configuration that drivers see. */
  get configSize(): number {
    return 0;
  }

  /** Interrupt vectors that serve it well. */
  get defaultVectors(): number {
    return 2;
  }

  /** @throws QmpError if it is set up in a way that virtio 1.0 does not know */
  checkModern(): void {}

  /** Only drivers from before virtio 1.0 are served. */
  restrictToLegacy(): void {}
}

export const anyLayout = bit('any_layout', true);

export const VIRTIO_DEVICE_PROPERTIES = [
  bit('indirect_desc', true),
  bit('event_idx', true),
  bit('notify_on_empty', true),
  anyLayout,
  bit('iommu_platform', false),
  bit('packed', false),
  bit('queue_reset', true),
  bool('use-started', true),
  bool('use-disabled-flag', true),
  bool('x-disable-legacy-check', false),
] as const;

export const VIRTIO_DEVICE_TYPE: TypeInfo = {
  name: 'virtio-device',
  parent: 'device',
  abstract: true,
  properties: VIRTIO_DEVICE_PROPERTIES,
  create: type => new VirtioDevice(type),
  class: { busType: 'virtio-bus' },
};
