import { QmpError } from '../../base/errors.ts';
import { LinkProperty, legacyText } from '../../qdev/link-property.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { onBackend } from './family.ts';
import { VirtioDevice } from './virtio-device.ts';
import { disableLegacy, disableModern, ioeventfd, vectors } from './virtio-pci.ts';

const CRYPTO_KIND = 20;

const cryptodev = new LinkProperty('cryptodev', 'cryptodev-backend');

/** An accelerator for ciphers (virtio 1.1, 5.9). */
class VirtioCrypto extends VirtioDevice {
  protected override onRealize(): void {
    if (this.value(cryptodev) === undefined)
      throw new QmpError("'cryptodev' parameter expects a valid object");
  }
}

export const VIRTIO_CRYPTO_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-crypto-device',
    parent: 'virtio-device',
    properties: [cryptodev, legacyText('cryptodev')],
    create: type => new VirtioCrypto(type),
    class: { virtioName: 'virtio-crypto', unsavedState: 'virtio-crypto', category: 'misc' },
  },
  {
    name: 'virtio-crypto-pci-base-type',
    parent: 'virtio-pci',
    abstract: true,
    properties: [disableLegacy, disableModern],
    class: {
      category: 'misc',
      virtio: { backend: 'virtio-crypto-device', kind: CRYPTO_KIND, classCode: 0x00ff },
    },
  },
  {
    name: 'virtio-crypto-pci',
    parent: 'virtio-crypto-pci-base-type',
    interfaces: ['conventional-pci-device', 'pci-express-device'],
    properties: [ioeventfd(), vectors(2), ...onBackend([cryptodev])],
  },
];
