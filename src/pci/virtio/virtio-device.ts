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
}

export const VIRTIO_DEVICE_TYPE: TypeInfo = {
  name: 'virtio-device',
  parent: 'device',
  abstract: true,
  properties: [
    bit('queue_reset', true),
    bool('use-disabled-flag', true),
    bit('packed', false),
    bit('iommu_platform', false),
    bit('event_idx', true),
    bool('x-disable-legacy-check', false),
    bit('notify_on_empty', true),
    bit('any_layout', true),
    bool('use-started', true),
    bit('indirect_desc', true),
  ],
  create: type => new VirtioDevice(type),
  class: { busType: 'virtio-bus', hotpluggable: false },
};
