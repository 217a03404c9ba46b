import { readFileSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { TypeInfo } from '../qom/type.ts';
import { textValue } from '../qom/values.ts';
import { loaded, TlsCreds } from './tls-creds.ts';

const username = textValue('username', '');

const DEFAULT_USER = 'qemu';
/** The shortest key there may be, bytes. */
const MIN_KEY = 4;

/** Keys that both sides have. */
export class TlsCredsPsk extends TlsCreds {
  readonly kind = 'psk';
  #path = '';
  #key: Buffer = Buffer.alloc(0);
  #dhParameters: string | undefined;

  /** By which name a client is known to the server. */
  get username(): string {
    return this.isSet(username) ? this.value(username) : DEFAULT_USER;
  }

  /** A client's key. */
  get key(): Buffer {
    return this.#key;
  }

  get dhParameters(): string | undefined {
    return this.#dhParameters;
  }

  /** The key that a server knows a client by, as the file has it now; undefined for who is not known. */
  keyOf(user: string): Buffer | undefined {
    try {
      const digits = this.#digitsOf(user) ?? '';
      return isHexadecimal(digits) ? Buffer.from(digits, 'hex') : undefined;
    } catch {
      return undefined;
    }
  }

  protected override onComplete(): void {
    if (this.endpoint === 'server' && this.isSet(username)) {
      throw new QmpError('username should not be set when endpoint=server');
    }
    this.requireDirectory();
    this.#path = this.findFile('keys.psk', true) ?? '';
    if (this.endpoint === 'client') this.#key = this.#readKey();
    else this.#dhParameters = this.readDhParameters();
  }

  #readKey(): Buffer {
    let digits: string | undefined;
    try {
      digits = this.#digitsOf(this.username);
    } catch (error) {
      const reason = `Error reading file “${this.#path}”: ${systemErrorText(error)}`;
      throw new QmpError(`Cannot read PSK file ${this.#path}: ${reason}`);
    }
    if (digits === undefined) {
      throw new QmpError(`Username ${this.username} not found in PSK file ${this.#path}`);
    }
    const refuse = (reason: string) => new QmpError(`Cannot set PSK client credentials: ${reason}`);
    if (!isHexadecimal(digits)) throw refuse('Error in parsing.');
    if (digits.length < 2 * MIN_KEY) throw refuse('The request is invalid.');
    return Buffer.from(digits, 'hex');
  }

  /** What is behind the user's name and a colon. Throws the file system's error. */
  #digitsOf(user: string): string | undefined {
    const lines = readFileSync(this.#path, 'latin1').split('\n');
    return lines.find(line => line.startsWith(`${user}:`))?.slice(user.length + 1);
  }
}

function isHexadecimal(digits: string): boolean {
  return /^([0-9a-f]{2})*$/i.test(digits);
}

export const TLS_CREDS_PSK_TYPE: TypeInfo = {
  name: 'tls-creds-psk',
  parent: 'tls-creds',
  interfaces: ['user-creatable'],
  properties: [loaded, username],
  create: type => new TlsCredsPsk(type),
};
