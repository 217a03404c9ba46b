import { UserObject } from '../objects/user-object.ts';
import { SUNGEM_TYPE } from '../pci/network/other-adapters.ts';
import { DEC_21154_TYPE } from '../pci/pci-bridge.ts';
import { interfaceType } from '../qom/base-types.ts';
import type { TypeInfo } from '../qom/type.ts';

const INTERFACES = [
  'ppc-virtual-hypervisor',
  'spapr-interrupt-controller',
  'vof-machine-if',
  'xics-fabric',
  'xive-fabric',
  'xive-notifier',
  'xive-presenter',
] as const;

/** What QEMU has for POWER alone, whatever the machine. */
export const POWER_TYPES: readonly TypeInfo[] = [
  ...INTERFACES.map(interfaceType),
  {
    name: 'pef-guest',
    parent: 'confidential-guest-support',
    interfaces: ['user-creatable'],
    create: type => new UserObject(type),
  },
];

/** Devices for machines that are not here, but that go on any PCI bus. */
export const POWER_DEVICE_TYPES: readonly TypeInfo[] = [SUNGEM_TYPE, DEC_21154_TYPE];
