import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SecureContextOptions, TLSSocket, type TLSSocketOptions } from 'node:tls';
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

/** TLS 1.2 and newer over any stream. A peer that has not the right credentials is sent away. */
export function tlsLayer(credentials: TlsCredentials): SocketLayer {
  return {
    open(stream) {
      return new Promise((resolved, rejected) => {
        const secured = new TLSSocket(stream, socketOptions(credentials));
        secured.pause();
        secured.once('error', rejected);
        secured.once('close', () => rejected(new Error('closed during the handshake')));
        secured.once(credentials.endpoint === 'server' ? 'secure' : 'secureConnect', () => {
          const failure = refusal(secured, credentials);
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

function refusal(socket: TLSSocket, credentials: TlsCredentials): Error | undefined {
  if (credentials.kind === 'psk' || !credentials.verifyPeer) return undefined;
  const { ssl } = Object(socket);
  const error: unknown = ssl?.verifyError?.();
  if (error instanceof Error) return error;
  return Object.keys(socket.getPeerCertificate()).length === 0 ? new Error('no certificate') : undefined;
}

function socketOptions(credentials: TlsCredentials): TLSSocketOptions & SecureContextOptions {
  const isServer = credentials.endpoint === 'server';
  if (credentials.kind === 'psk') return { isServer, ...pskOptions(credentials) };
  const { dir, endpoint, verifyPeer, passphrase } = credentials;
  const file = (name: string) => readFileSync(join(dir, name));
  return {
    isServer,
    requestCert: true,
    // Looked at when the handshake is done.
    rejectUnauthorized: false,
    ca: file('ca-cert.pem'),
    ...(isServer || hasClientCertificate(dir)
      ? { cert: file(`${endpoint}-cert.pem`), key: file(`${endpoint}-key.pem`) }
      : {}),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(verifyPeer ? {} : { requestCert: !isServer }),
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

function pskOptions({ dir, username = DEFAULT_USER }: PskCredentials) {
  const keys = new Map<string, Buffer>();
  for (const line of readFileSync(join(dir, 'keys.psk'), 'utf8').split('\n')) {
    const [name, key] = line.trim().split(':');
    if (name !== undefined && key !== undefined) keys.set(name, Buffer.from(key, 'hex'));
  }
  return {
    // Node knows keys agreed beforehand only in TLS 1.2.
    maxVersion: 'TLSv1.2' as const,
    ciphers: 'PSK',
    pskCallback: (_socketOrHint: unknown, identity?: string) => {
      if (typeof identity === 'string') return keys.get(identity) ?? null;
      const psk = keys.get(username);
      return psk === undefined ? null : { psk, identity: username };
    },
    checkServerIdentity: () => undefined,
  };
}
