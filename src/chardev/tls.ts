import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect, TLSSocket, type TLSSocketOptions } from 'node:tls';
import type { SocketLayer } from './socket-chardev.ts';

/** What an object with TLS credentials (`tls-creds-x509`, `tls-creds-psk`, `tls-creds-anon`) is about. */
export type TlsCredentials = X509Credentials | PskCredentials | AnonymousCredentials | NoCredentials;

interface Credentials {
  readonly endpoint: 'server' | 'client';
}

export interface X509Credentials extends Credentials {
  readonly kind: 'x509';
  /** Whether the peer needs a certificate that the authority has signed. */
  readonly verifyPeer: boolean;
  /** In PEM, with a passphrase if the key is encrypted. A client need not have a certificate of its own. */
  readonly contents: {
    readonly authorities: string;
    readonly revoked: string | undefined;
    readonly own: { readonly certificate: string; readonly key: string } | undefined;
    readonly passphrase: string | undefined;
    readonly dhParameters: string | undefined;
  };
}

export interface PskCredentials extends Credentials {
  readonly kind: 'psk';
  /** As whom a client asks to be let in, and its key. */
  readonly username: string;
  readonly key: Buffer;
  /** By which key a server knows a client. */
  keyOf(user: string): Buffer | undefined;
  readonly dhParameters: string | undefined;
}

/** Encryption alone. */
export interface AnonymousCredentials extends Credentials {
  readonly kind: 'anon';
  readonly dhParameters: string | undefined;
}

/** An object that looks like credentials and is none: nobody can agree with it. */
interface NoCredentials extends Credentials {
  readonly kind: 'none';
}

export interface TlsOptions {
  readonly credentials: TlsCredentials;
  /** To be found in a server's certificate; undefined for what has no name. */
  readonly host: string | undefined;
  /** Whether a client may connect whose certificate has this distinguished name (RFC 4514, but in its own order). */
  readonly authorise: ((name: string) => boolean) | undefined;
}

/** TLS 1.2 and newer over any stream. A peer that has not the right credentials is sent away. */
export function tlsLayer(options: TlsOptions): SocketLayer {
  const isServer = options.credentials.endpoint === 'server';
  return {
    open(stream) {
      return new Promise((resolved, rejected) => {
        const secured = isServer ? serve(stream, options.credentials) : join(stream, options.credentials);
        secured.pause();
        secured.once('error', rejected);
        secured.once('close', () => rejected(new Error('closed during the handshake')));
        secured.once(isServer ? 'secure' : 'secureConnect', () => {
          const failure = refusal(secured, options);
          if (failure !== undefined) {
            secured.end(() => rejected(failure));
            return;
          }
          secured.off('error', rejected);
          resolved(secured);
        });
      });
    },
  };
}

function refusal(socket: TLSSocket, { credentials, host, authorise }: TlsOptions): Error | undefined {
  if (credentials.kind !== 'x509' || !credentials.verifyPeer) return undefined;
  // Node looks at a client's certificate by itself only in servers of its own.
  const { ssl } = Object(socket);
  const error: unknown = ssl?.verifyError?.();
  if (error instanceof Error) return error;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return new Error('no certificate');
  if (authorise !== undefined && !authorise(distinguishedName(certificate)))
    return new Error('not authorised');
  if (host === undefined || isIssuedTo(certificate, host)) return undefined;
  return new Error(`a certificate of somebody else than ${host}`);
}

function isIssuedTo(certificate: X509Certificate, host: string): boolean {
  return (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
}

/** The subject as GnuTLS prints it. */
function distinguishedName({ subject }: X509Certificate): string {
  return subject.replaceAll(/^emailAddress=/gm, 'EMAIL=').replaceAll('\n', ',');
}

function serve(stream: Duplex, credentials: TlsCredentials): TLSSocket {
  return new TLSSocket(stream, { isServer: true, ...serverOptions(credentials) });
}

function join(stream: Duplex, credentials: TlsCredentials): TLSSocket {
  return connect({ socket: stream, ...clientOptions(credentials) });
}

/** Node knows keys agreed beforehand only in TLS 1.2. */
const PSK_OPTIONS = { maxVersion: 'TLSv1.2', ciphers: 'PSK' } as const;
/** Who knows nobody has no place in TLS 1.3 at all, and none in what OpenSSL thinks secure. */
const ANONYMOUS_OPTIONS = { maxVersion: 'TLSv1.2', ciphers: 'ADH:@SECLEVEL=0' } as const;

function serverOptions(credentials: TlsCredentials): TLSSocketOptions {
  switch (credentials.kind) {
    case 'x509':
      return { ...x509Options(credentials), requestCert: true };
    case 'psk': {
      const pskCallback = (_: TLSSocket, user: string) => credentials.keyOf(user) ?? null;
      return { ...PSK_OPTIONS, ...dhOptions(credentials), ...{ pskCallback } };
    }
    case 'anon':
      return { ...ANONYMOUS_OPTIONS, ...dhOptions(credentials) };
    case 'none':
      throw new Error('no credentials');
  }
}

function clientOptions(credentials: TlsCredentials): ConnectionOptions {
  const anyServer = { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  switch (credentials.kind) {
    case 'x509':
      return x509Options(credentials);
    case 'psk': {
      const pskCallback = () => ({ psk: credentials.key, identity: credentials.username });
      return { ...PSK_OPTIONS, ...anyServer, pskCallback };
    }
    case 'anon':
      return { ...ANONYMOUS_OPTIONS, ...anyServer };
    case 'none':
      throw new Error('no credentials');
  }
}

function x509Options({ contents }: X509Credentials): ConnectionOptions {
  const { authorities, revoked, own, passphrase } = contents;
  return {
    // Looked at when the handshake is done.
    rejectUnauthorized: false,
    ca: authorities,
    ...(revoked !== undefined && { crl: revoked }),
    ...(own !== undefined && { cert: own.certificate, key: own.key }),
    ...(passphrase !== undefined && { passphrase }),
    ...dhOptions(contents),
  };
}

function dhOptions({ dhParameters }: { readonly dhParameters: string | undefined }) {
  return { dhparam: dhParameters ?? 'auto' };
}
