import { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';

const create: TypeInfo['create'] = type => new QomObject(type);

/** Accelerators as types: clients look there for which of them a program has. */
export const ACCEL_TYPES: readonly TypeInfo[] = [
  { name: 'accel', parent: 'object', create },
  {
    name: 'tcg-accel',
    parent: 'accel',
    create,
    properties: [
      { name: 'thread', type: 'string' },
      { name: 'tb-size', type: 'int', description: 'TCG translation block cache size' },
      { name: 'split-wx', type: 'bool', description: 'Map jit pages into separate RW and RX regions' },
    ],
  },
];

/** The one that QEMU has where it was built for machines like its host. */
export const KVM_ACCEL_TYPE: TypeInfo = {
  name: 'kvm-accel',
  parent: 'accel',
  create,
  properties: [
    { name: 'kernel-irqchip', type: 'on|off|split', description: 'Configure KVM in-kernel irqchip' },
    {
      name: 'notify-window',
      type: 'uint32',
      description: 'Clock cycles without an event window after which a notification VM exit occurs',
    },
    {
      name: 'dirty-ring-size',
      type: 'uint32',
      description: 'Size of KVM dirty page ring buffer (default: 0, i.e. use bitmap)',
    },
    { name: 'notify-vmexit', type: 'NotifyVMexitOption', description: 'Enable notify VM exit' },
    { name: 'kvm-shadow-mem', type: 'int', description: 'KVM shadow MMU size' },
  ],
};
