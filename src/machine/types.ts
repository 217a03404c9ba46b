import { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';

export const MACHINE_BASE_TYPES: readonly TypeInfo[] = [
  { name: 'machine', parent: 'object', abstract: true },
  { name: 'memory-backend', parent: 'object', abstract: true },
  { name: 'memory-backend-ram', parent: 'memory-backend', create: type => new QomObject(type) },
];
