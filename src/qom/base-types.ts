import { QomObject } from './object.ts';
import type { TypeInfo } from './type.ts';

/** Interfaces that types of all machines implement. */
const INTERFACES = [
  'conventional-pci-device',
  'pci-express-device',
  'fw-path-provider',
  'fw_cfg-data-generator',
  'hotplug-handler',
  'intctrl',
  'memory-device',
  'nmi',
  'resettable',
  'user-creatable',
  'vmstate-if',
] as const;

/** An interface: without instances, and here without properties of its own. */
export function interfaceType(name: string): TypeInfo {
  return { name, parent: 'interface', abstract: true };
}

/** The roots of the type tree. */
export const BASE_TYPES: readonly TypeInfo[] = [
  {
    name: 'object',
    abstract: true,
    properties: [{ name: 'type', type: 'string', get: object => object.type.name }],
  },
  { name: 'container', parent: 'object', create: type => new QomObject(type) },
  { name: 'interface', abstract: true },
  ...INTERFACES.map(interfaceType),
];
