import { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';
import { BUS_TYPES } from './bus.ts';
import { DEVICE_TYPE } from './device.ts';

export const QDEV_TYPES: readonly TypeInfo[] = [
  DEVICE_TYPE,
  ...BUS_TYPES,
  { name: 'irq', parent: 'object', create: type => new QomObject(type) },
  { name: 'sys-bus-device', parent: 'device', abstract: true, class: { busType: 'System' } },
];
