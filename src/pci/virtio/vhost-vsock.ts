import { isOpenDescriptor } from '../../base/descriptor.ts';
import { QmpError } from '../../base/errors.ts';
import { onOffAuto, uint64 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { virtioFunctions } from './family.ts';
import { ownerRefused, readVhostDescriptor, vhostfd } from './vhost.ts';
import { VirtioDevice } from './virtio-device.ts';
import { vectors } from './virtio-pci.ts';

const VSOCK_KIND = 19;
const COMMUNICATION_OTHER = 0x0780;
/** Below are those of the host. */
const FIRST_GUEST_CID = 3n;
const MAX_CID = 2n ** 32n - 1n;

const guestCid = uint64('guest-cid', 0n);
const seqpacket = onOffAuto('seqpacket', 'auto');

/** Sockets between host and guest (virtio 1.2, 5.10), which the host's kernel would serve: no host here does. */
class VhostVsock extends VirtioDevice {
  protected override onRealize(): void {
    const cid = this.value(guestCid);
    if (cid < FIRST_GUEST_CID) throw new QmpError('guest-cid property must be greater than 2');
    if (cid > MAX_CID) throw new QmpError('guest-cid property must be a 32-bit number');
    const given = this.value(vhostfd);
    if (given === undefined)
      throw new QmpError('vhost-vsock: failed to open vhost device: No such file or directory');
    const fd = readVhostDescriptor(this, 'vhost-vsock', given);
    if (!isOpenDescriptor(fd))
      throw new QmpError('vhost-vsock: unable to set non-blocking mode: Bad file descriptor');
    throw ownerRefused(fd);
  }
}

export const VHOST_VSOCK_TYPES: readonly TypeInfo[] = [
  { name: 'vhost-vsock-common', parent: 'virtio-device', abstract: true, properties: [seqpacket] },
  {
    name: 'vhost-vsock-device',
    parent: 'vhost-vsock-common',
    properties: [guestCid, vhostfd],
    create: type => new VhostVsock(type),
    class: { category: 'misc' },
  },
  ...virtioFunctions({
    name: 'vhost-vsock',
    backend: 'vhost-vsock-device',
    properties: [seqpacket, guestCid, vhostfd],
    functionProperties: [vectors(3)],
    kind: VSOCK_KIND,
    classCode: COMMUNICATION_OTHER,
    class: { category: 'misc' },
  }),
];
