import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { QmpError } from '../base/errors.ts';
import type { TypeInfo } from '../qom/type.ts';
import { boolValue, choiceValue, textValue } from '../qom/values.ts';
import { fileError } from './file-error.ts';
import { UserObject } from './user-object.ts';

const endpoint = choiceValue('endpoint', 'QCryptoTLSCredsEndpoint', ['client', 'server'], 'client');
const dir = textValue('dir', '');
const verifyPeer = boolValue('verify-peer', true);
const priority = textValue('priority', '');
const username = textValue('username', '');
const sanityCheck = boolValue('sanity-check', true);
const passwordId = textValue('passwordid', '');

/** By what one side of a TLS connection is known. */
export abstract class TlsCreds extends UserObject {
  get endpoint(): 'client' | 'server' {
    return this.value(endpoint);
  }

  /** Whether the other side must show a certificate. */
  get verifyPeer(): boolean {
    return this.value(verifyPeer);
  }

  /** GnuTLS's notation of algorithms; empty for the default. */
  get priority(): string {
    return this.value(priority);
  }

  /** @throws QmpError if the file is not there; undefined for one that may be missing and is */
  protected findFile(name: string, required: boolean): string | undefined {
    const path = join(this.value(dir), name);
    try {
      accessSync(path, constants.R_OK);
      return path;
    } catch (error) {
      if (!required) return undefined;
      throw new QmpError(`Unable to access credentials ${path}: ${fileError(error)}`);
    }
  }

  protected requireDirectory(): void {
    if (this.value(dir) === '') throw new QmpError("Missing 'dir' property value");
  }
}

/** No credentials: encryption alone. */
class TlsCredsAnon extends TlsCreds {}

/** Keys that both sides have. */
export class TlsCredsPsk extends TlsCreds {
  #keys: string | undefined;

  /** The file of lines `user:hexadecimal-key`. */
  get keyFile(): string | undefined {
    return this.#keys;
  }

  /** By which name a client is known to the server. */
  get username(): string {
    return this.value(username) || 'qemu';
  }

  protected override onComplete(): void {
    this.requireDirectory();
    this.#keys = this.findFile('keys.psk', true);
  }
}

/** Certificates. */
export class TlsCredsX509 extends TlsCreds {
  #files: {
    readonly ca?: string;
    readonly certificate?: string;
    readonly key?: string;
    readonly crl?: string;
  } = {};

  /** Paths of the files in PEM; a client may have no certificate of its own. */
  get files() {
    return this.#files;
  }

  protected override onComplete(): void {
    this.requireDirectory();
    const isServer = this.endpoint === 'server';
    const own = isServer ? 'server' : 'client';
    const ca = this.findFile('ca-cert.pem', true);
    const crl = isServer ? this.findFile('ca-crl.pem', false) : undefined;
    const certificate = this.findFile(`${own}-cert.pem`, isServer);
    const key = this.findFile(`${own}-key.pem`, isServer);
    this.#files = {
      ...(ca !== undefined && { ca }),
      ...(crl !== undefined && { crl }),
      ...(certificate !== undefined && { certificate }),
      ...(key !== undefined && { key }),
    };
  }
}

/** A choice of algorithms, for firmware. */
class TlsCipherSuites extends TlsCreds {
  protected override onComplete(): void {
    if (this.priority === '') throw new QmpError("'priority' property is not set");
  }
}

const loaded = {
  name: 'loaded',
  type: 'bool',
  get: (object: unknown) => object instanceof TlsCreds && object.completed,
} as const;

export const TLS_CREDS_TYPES: readonly TypeInfo[] = [
  {
    name: 'tls-creds',
    parent: 'object',
    abstract: true,
    properties: [endpoint, dir, verifyPeer, priority],
  },
  {
    name: 'tls-creds-anon',
    parent: 'tls-creds',
    interfaces: ['user-creatable'],
    properties: [loaded],
    create: type => new TlsCredsAnon(type),
  },
  {
    name: 'tls-creds-psk',
    parent: 'tls-creds',
    interfaces: ['user-creatable'],
    properties: [loaded, username],
    create: type => new TlsCredsPsk(type),
  },
  {
    name: 'tls-creds-x509',
    parent: 'tls-creds',
    interfaces: ['user-creatable'],
    properties: [loaded, sanityCheck, passwordId],
    create: type => new TlsCredsX509(type),
  },
  {
    name: 'tls-cipher-suites',
    parent: 'tls-creds',
    interfaces: ['fw_cfg-data-generator', 'user-creatable'],
    create: type => new TlsCipherSuites(type),
  },
];
