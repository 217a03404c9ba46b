import { QmpError } from '../base/errors.ts';
import type { System } from '../qdev/system.ts';
import { Authz } from './authz.ts';
import { TlsCipherSuites, TlsCredsAnon } from './tls-creds.ts';
import { TlsCredsPsk } from './tls-creds-psk.ts';
import { TlsCredsX509 } from './tls-creds-x509.ts';

const CREDENTIALS = [TlsCredsX509, TlsCredsPsk, TlsCredsAnon, TlsCipherSuites] as const;

/** The object with TLS credentials that the user calls so. Throws `QmpError`. */
export function findTlsCredentials(system: System, id: string): InstanceType<(typeof CREDENTIALS)[number]> {
  const object = system.children.get('objects')?.children.get(id);
  if (object === undefined) throw new QmpError(`No TLS credentials with id '${id}'`);
  for (const kind of CREDENTIALS) if (object instanceof kind) return object;
  throw new QmpError(`Object with id '${id}' is not TLS credentials`);
}

/** Whether an authorization object lets in who has this name. Without such an object, nobody is. */
export function mayConnect(system: System, id: string, name: string): boolean {
  const object = system.children.get('objects')?.children.get(id);
  return object instanceof Authz && object.isAllowed(name);
}
