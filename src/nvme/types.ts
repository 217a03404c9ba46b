import type { TypeInfo } from '../qom/type.ts';
import { NVME_BUS_TYPES } from './bus.ts';
import { NVME_CONTROLLER_TYPES } from './controller.ts';
import { NVME_NAMESPACE_TYPES } from './namespace.ts';
import { NVME_SUBSYSTEM_TYPES } from './subsystem.ts';

/** NVM Express: controllers as PCI functions, subsystems of them, and namespaces. */
export const NVME_TYPES: readonly TypeInfo[] = [
  ...NVME_BUS_TYPES,
  ...NVME_SUBSYSTEM_TYPES,
  ...NVME_CONTROLLER_TYPES,
  ...NVME_NAMESPACE_TYPES,
];
