import type { TypeInfo } from '../qom/type.ts';
import { AUTHZ_TYPES } from './authz.ts';
import { CHARDEV_TYPES } from './chardev-tree.ts';
import { EVENT_LOOP_TYPES } from './event-loop.ts';
import { MEMORY_BACKEND_TYPES } from './memory-backend.ts';
import { NET_FILTER_TYPES } from './net-filter.ts';
import { RNG_TYPES } from './rng.ts';
import { SECRET_TYPES } from './secret.ts';
import { SMALL_OBJECT_TYPES } from './small-objects.ts';
import { THROTTLE_GROUP_TYPES } from './throttle-group.ts';
import { TLS_CREDS_TYPES } from './tls-creds.ts';
import { TLS_CREDS_PSK_TYPE } from './tls-creds-psk.ts';
import { TLS_CREDS_X509_TYPE } from './tls-creds-x509.ts';

/** What users can create besides devices, and what `/chardevs` is made of. */
export const OBJECT_TYPES: readonly TypeInfo[] = [
  ...MEMORY_BACKEND_TYPES,
  ...EVENT_LOOP_TYPES,
  ...RNG_TYPES,
  ...SECRET_TYPES,
  ...TLS_CREDS_TYPES,
  TLS_CREDS_PSK_TYPE,
  TLS_CREDS_X509_TYPE,
  ...AUTHZ_TYPES,
  ...THROTTLE_GROUP_TYPES,
  ...NET_FILTER_TYPES,
  ...SMALL_OBJECT_TYPES,
  ...CHARDEV_TYPES,
];
