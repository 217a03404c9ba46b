import { accessSync, constants, readFileSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { TypeInfo } from '../qom/type.ts';
import { boolValue, choiceValue, textValue } from '../qom/values.ts';
import { pemProblem } from './pem.ts';
import { UserObject } from './user-object.ts';

const endpoint = choiceValue('endpoint', 'QCryptoTLSCredsEndpoint', ['client', 'server'], 'client');
const dir = textValue('dir', '');
const verifyPeer = boolValue('verify-peer', true);
const priority = textValue('priority', '');

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

  protected get hasDirectory(): boolean {
    return this.isSet(dir);
  }

  /** @throws QmpError if the file is not there; undefined for one that may be missing and is */
  protected findFile(name: string, required: boolean): string | undefined {
    const path = `${this.value(dir)}/${name}`;
    try {
      accessSync(path, constants.R_OK);
      return path;
    } catch (error) {
      if (!required) return undefined;
      throw new QmpError(`Unable to access credentials ${path}: ${systemErrorText(error)}`);
    }
  }

  protected requireDirectory(): void {
    if (!this.hasDirectory) throw new QmpError("Missing 'dir' property value");
  }

  /** The numbers for a Diffie-Hellman exchange, in PEM; undefined if there are none. @throws QmpError */
  protected readDhParameters(): string | undefined {
    const path = this.endpoint === 'server' && this.hasDirectory && this.findFile('dh-params.pem', false);
    if (!path) return undefined;
    const failed = (reason: string) => new QmpError(`Unable to load DH parameters from ${path}: ${reason}`);
    let text: string;
    try {
      text = readFileSync(path, 'latin1');
    } catch (error) {
      throw failed(systemErrorText(error));
    }
    const problem = pemProblem(text, 'DH PARAMETERS');
    if (problem !== undefined) throw failed(problem);
    return text;
  }
}

/** No credentials: encryption alone. */
export class TlsCredsAnon extends TlsCreds {
  readonly kind = 'anon';
  #dhParameters: string | undefined;

  get dhParameters(): string | undefined {
    return this.#dhParameters;
  }

  protected override onComplete(): void {
    this.#dhParameters = this.readDhParameters();
  }
}

/** A choice of algorithms, for firmware: nobody is known by that. */
export class TlsCipherSuites extends TlsCreds {
  readonly kind = 'none';

  protected override onComplete(): void {
    if (this.priority === '') throw new QmpError("'priority' property is not set");
  }
}

export const loaded = {
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
    name: 'tls-cipher-suites',
    parent: 'tls-creds',
    interfaces: ['fw_cfg-data-generator', 'user-creatable'],
    create: type => new TlsCipherSuites(type),
  },
];
