import { QmpError } from '../base/errors.ts';
import { virtioFunctions } from '../pci/virtio/family.ts';
import { ownerRefused, readVhostDescriptor, vhostfd } from '../pci/virtio/vhost.ts';
import { vectors } from '../pci/virtio/virtio-pci.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { bit, bool, str, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { numQueues, VirtioScsiCommon, virtqueueSize } from './virtio-scsi.ts';

const queueSize = virtqueueSize(128);
const wwpn = str('wwpn');

const PROPERTIES = [
  vhostfd,
  wwpn,
  uint32('boot_tpgt', 0),
  numQueues,
  queueSize,
  bool('seg_max_adjust', true),
  uint32('max_sectors', 65535),
  uint32('cmd_per_lun', 128),
  bit('t10_pi', false),
  bool('migratable', false),
  bootindex,
] as const;

/** A SCSI host adapter that the host's kernel would serve: no host here does. */
class VhostScsi extends VirtioScsiCommon {
  protected override onRealize(): void {
    if (this.value(wwpn) === undefined) throw new QmpError('vhost-scsi: missing wwpn');
    const given = this.value(vhostfd);
    if (given === undefined)
      throw new QmpError('vhost-scsi: open vhost char device failed: No such file or directory');
    const fd = readVhostDescriptor(this, 'vhost-scsi', given);
    this.checkQueues(queueSize);
    throw ownerRefused(fd);
  }
}

export const VHOST_SCSI_TYPES: readonly TypeInfo[] = [
  { name: 'vhost-scsi-common', parent: 'virtio-scsi-common', abstract: true },
  {
    name: 'vhost-scsi',
    parent: 'vhost-scsi-common',
    interfaces: ['fw-path-provider'],
    properties: PROPERTIES,
    create: type => new VhostScsi(type),
    class: { category: 'storage' },
  },
  ...virtioFunctions({
    name: 'vhost-scsi',
    backend: 'vhost-scsi',
    properties: PROPERTIES,
    functionProperties: [vectors()],
    kind: 8,
    classCode: 0x0100,
    transitionalId: 0x1004,
    class: { category: 'storage' },
  }),
];
