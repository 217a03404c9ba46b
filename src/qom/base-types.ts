import { QomObject } from './object.ts';
import type { TypeInfo } from './type.ts';

/** Interfaces that types implement; they have no instances and no properties of their own here. */
const INTERFACES = [
  'conventional-pci-device',
  'pci-express-device',
  'fw-path-provider',
  'fw_cfg-data-generator',
  'hotplug-handler',
  'intctrl',
  'memory-device',
  'nmi',
  'ppc-virtual-hypervisor',
  'resettable',
  'spapr-interrupt-controller',
  'user-creatable',
  'vmstate-if',
  'vof-machine-if',
  'xics-fabric',
  'xive-fabric',
  'xive-notifier',
  'xive-presenter',
] as const;

/** The roots of the type tree. */
export const BASE_TYPES: readonly TypeInfo[] = [
  {
    name: 'object',
    abstract: true,
    properties: [{ name: 'type', type: 'string', get: object => object.type.name }],
  },
  { name: 'container', parent: 'object', create: type => new QomObject(type) },
  { name: 'interface', abstract: true },
  ...INTERFACES.map(name => ({ name, parent: 'interface', abstract: true })),
];
