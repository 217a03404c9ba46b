import { QomObject } from './object.ts';
import type { TypeInfo } from './type.ts';

/** The roots of the type tree. */
export const BASE_TYPES: readonly TypeInfo[] = [
  {
    name: 'object',
    abstract: true,
    properties: [{ name: 'type', type: 'string', get: object => object.type.name }],
  },
  { name: 'container', parent: 'object', create: type => new QomObject(type) },
];
