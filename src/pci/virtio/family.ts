import { type Property, partProperty } from '../../qom/property.ts';
import type { ClassData, TypeInfo } from '../../qom/type.ts';
import { VIRTIO_DEVICE_PROPERTIES } from './virtio-device.ts';
import { disableLegacy, disableModern, VirtioPci } from './virtio-pci.ts';

/** A virtio device with the PCI functions that can carry it. */
export interface VirtioFamily {
  /** `virtio-net`: begins the names of the functions' types. */
  readonly name: string;
  /** Type of the device proper. */
  readonly backend: string;
  /** Its properties, those of every virtio device aside. */
  readonly properties: readonly Property[];
  /** Properties of the functions alone. */
  readonly functionProperties: readonly Property[];
  /** Kind of device (virtio 1.1, chapter 5). */
  readonly kind: number;
  readonly classCode: number;
  /** The class codes that the user can set, if not all. */
  readonly classChoices?: readonly number[];
  /** PCI device id for drivers from before virtio 1.0; absent where there never were any. */
  readonly transitionalId?: number;
  readonly class?: Readonly<ClassData>;
}

const ANY_BUS = ['conventional-pci-device', 'pci-express-device'];
const CONVENTIONAL_BUS = ['conventional-pci-device'];

/** The types of functions for a device: one that leaves the choice of drivers to serve, and one for each side. */
export function virtioFunctions(family: VirtioFamily): readonly TypeInfo[] {
  const { name, backend, kind, classCode, transitionalId } = family;
  const base = `${name}-pci-base`;
  const own = onBackend(family.properties);
  return [
    {
      name: base,
      parent: 'virtio-pci',
      abstract: true,
      properties: family.functionProperties,
      class: {
        ...family.class,
        virtio: {
          backend,
          kind,
          classCode,
          ...(transitionalId !== undefined && { transitionalId }),
          ...(family.classChoices && { classChoices: family.classChoices }),
        },
      },
    },
    {
      name: `${name}-pci`,
      parent: base,
      interfaces: ANY_BUS,
      properties: [disableLegacy, disableModern, ...own],
      // Those that the host's kernel or another process serves have one name only.
      class: name.startsWith('virtio-') ? { alias: name } : {},
    },
    ...(transitionalId === undefined
      ? []
      : [
          {
            name: `${name}-pci-transitional`,
            parent: base,
            interfaces: CONVENTIONAL_BUS,
            properties: own,
            class: { virtioMode: 'transitional' } as const,
          },
        ]),
    {
      name: `${name}-pci-non-transitional`,
      parent: base,
      interfaces: ANY_BUS,
      properties: own,
      class: { virtioMode: 'non-transitional' },
    },
  ];
}

/** The properties of a virtio device, offered on the function that carries it. */
export function onBackend(properties: readonly Property[]): readonly Property[] {
  return [...VIRTIO_DEVICE_PROPERTIES, ...properties]
    .filter(({ name }) => !name.startsWith('legacy-'))
    .map(property => partProperty(property, backendOf));
}

function backendOf(object: unknown) {
  if (!(object instanceof VirtioPci)) throw new Error('not a virtio PCI function');
  return object.backend;
}
