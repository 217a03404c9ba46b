import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  TLSSocket,
  type TLSSocketOptions,
} from 'node:tls';
import type { SocketLayer } from './socket-chardev.ts';

/** What an object with TLS credentials (`tls-creds-x509`, `tls-creds-psk`) is about. */
export type TlsCredentials = X509Credentials | PskCredentials;

export interface X509Credentials {
  readonly kind: 'x509';
  readonly endpoint: 'server' | 'client';
  /** The folder with `ca-cert.pem` and `server-cert.pem`, `server-key.pem` or `client-cert.pem`, `client-key.pem`. */
  readonly dir: string;
  /** Whether the peer needs a certificate that the authority has signed. */
  readonly verifyPeer: boolean;
  /** Opens the key, if it is encrypted. */
  readonly passphrase?: string | undefined;
}

export interface PskCredentials {
  readonly kind: 'psk';
  readonly endpoint: 'server' | 'client';
  /** The folder with `keys.psk`: lines of a user's name, a colon and the key in hexadecimal digits. */
  readonly dir: string;
  /** As whom a client asks to be let in. */
  readonly username?: string | undefined;
}

const DEFAULT_USER = 'qemu';

/**
 * TLS 1.2 and newer over any stream. A peer that has not the right credentials is sent away.
 *
 * @param host to be found in a server's certificate; undefined for what has no name
 */
export function tlsLayer(credentials: TlsCredentials, host: string | undefined): SocketLayer {
  return {
    open(stream) {
      return new Promise((resolved, rejected) => {
        const isServer = credentials.endpoint === 'server';
        const secured = isServer
          ? new TLSSocket(stream, { isServer, ...serverOptions(credentials) })
          : connect({ socket: stream, ...clientOptions(credentials) });
        secured.pause();
        secured.once('error', rejected);
        secured.once('close', () => rejected(new Error('closed during the handshake')));
        secured.once(isServer ? 'secure' : 'secureConnect', () => {
          const failure = refusal(secured, credentials, host);
          if (failure !== undefined) {
            secured.destroy();
            rejected(failure);
            return;
          }
          secured.off('error', rejected);
          resolved(secured);
        });
      });
    },
  };
}

function refusal(
  socket: TLSSocket,
  credentials: TlsCredentials,
  host: string | undefined,
): Error | undefined {
  if (credentials.kind === 'psk' || !credentials.verifyPeer) return undefined;
  // Node looks at a client's certificate by itself only in servers of its own.
  const { ssl } = Object(socket);
  const error: unknown = ssl?.verifyError?.();
  if (error instanceof Error) return error;
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) return new Error('no certificate');
  return host === undefined ? undefined : checkServerIdentity(host, certificate);
}

function x509Options({ dir, endpoint, verifyPeer, passphrase }: X509Credentials): ConnectionOptions {
  const file = (name: string) => readFileSync(join(dir, name));
  const isServer = endpoint === 'server';
  return {
    requestCert: verifyPeer || !isServer,
    // Looked at when the handshake is done.
    rejectUnauthorized: false,
    ca: file('ca-cert.pem'),
    ...(isServer || hasClientCertificate(dir)
      ? { cert: file(`${endpoint}-cert.pem`), key: file(`${endpoint}-key.pem`) }
      : {}),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

/** A client need not have one, if the server does not ask. */
function hasClientCertificate(dir: string): boolean {
  try {
    readFileSync(join(dir, 'client-cert.pem'));
    return true;
  } catch {
    return false;
  }
}

function serverOptions(credentials: TlsCredentials): TLSSocketOptions {
  if (credentials.kind === 'x509') return x509Options(credentials);
  const keys = readKeys(credentials);
  const pskCallback = (_: TLSSocket, identity: string) => keys.get(identity) ?? null;
  return { ...PSK_OPTIONS, ...{ pskCallback } };
}

function clientOptions(credentials: TlsCredentials): ConnectionOptions {
  if (credentials.kind === 'x509') return x509Options(credentials);
  const { username = DEFAULT_USER } = credentials;
  const psk = readKeys(credentials).get(username);
  const pskCallback = () => (psk === undefined ? null : { psk, identity: username });
  return { ...PSK_OPTIONS, pskCallback, checkServerIdentity: () => undefined };
}

/** Node knows keys agreed beforehand only in TLS 1.2. */
const PSK_OPTIONS = { maxVersion: 'TLSv1.2', ciphers: 'PSK' } as const;

/** Keys by user. */
function readKeys({ dir }: PskCredentials): ReadonlyMap<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const line of readFileSync(join(dir, 'keys.psk'), 'utf8').split('\n')) {
    const [name, key] = line.trim().split(':');
    if (name !== undefined && key !== undefined) keys.set(name, Buffer.from(key, 'hex'));
  }
  return keys;
}
