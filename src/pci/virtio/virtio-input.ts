import { bool, str, uint32 } from '../../qdev/properties.ts';
import type { Property } from '../../qom/property.ts';
import type { ClassData, TypeInfo } from '../../qom/type.ts';
import { onBackend } from './family.ts';
import { disableLegacy, disableModern, vectors } from './virtio-pci.ts';

const INPUT_KIND = 18;
const COMMON = [str('serial')] as const;
const HID = [str('display'), uint32('head', 0)] as const;

/** An input device (virtio 1.1, 5.8) and the function that carries it. */
function hid(
  what: string,
  classCode: number,
  input: NonNullable<ClassData['input']>,
  properties: readonly Property[] = [],
): readonly TypeInfo[] {
  const backend = `virtio-${what}-device`;
  const base = `virtio-${what}-pci-base-type`;
  return [
    { name: backend, parent: 'virtio-input-hid-device', properties, class: { input } },
    {
      name: base,
      parent: 'virtio-input-hid-pci',
      abstract: true,
      properties: [disableLegacy, disableModern],
      class: { virtio: { backend, kind: INPUT_KIND, classCode } },
    },
    {
      name: `virtio-${what}-pci`,
      parent: base,
      interfaces: ['conventional-pci-device', 'pci-express-device'],
      properties: onBackend([...COMMON, ...HID, ...properties]),
      class: { alias: `virtio-${what}` },
    },
  ];
}

export const VIRTIO_INPUT_TYPES: readonly TypeInfo[] = [
  {
    name: 'virtio-input-device',
    parent: 'virtio-device',
    abstract: true,
    properties: COMMON,
    class: { virtioName: 'virtio-input', category: 'input' },
  },
  { name: 'virtio-input-hid-device', parent: 'virtio-input-device', abstract: true, properties: HID },
  {
    name: 'virtio-input-pci',
    parent: 'virtio-pci',
    abstract: true,
    properties: [vectors(2)],
    class: { category: 'input' },
  },
  { name: 'virtio-input-hid-pci', parent: 'virtio-input-pci', abstract: true },
  ...hid('keyboard', 0x0900, { name: 'QEMU Virtio Keyboard' }),
  ...hid('mouse', 0x0902, { name: 'QEMU Virtio Mouse', pointer: 'relative' }, [bool('wheel-axis', true)]),
  ...hid('tablet', 0x0980, { name: 'QEMU Virtio Tablet', pointer: 'absolute' }, [bool('wheel-axis', true)]),
];
