import { readFileSync } from 'node:fs';
import { decodeBase64 } from '../base/base64.ts';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { System } from '../qdev/system.ts';
import type { TypeInfo } from '../qom/type.ts';
import { choiceValue, integerValue, textValue } from '../qom/values.ts';
import { INT32 } from '../qom/visitor.ts';
import { decrypt } from './secret-cipher.ts';
import { UserObject } from './user-object.ts';

const format = choiceValue('format', 'QCryptoSecretFormat', ['raw', 'base64'], 'raw');
const keyid = textValue('keyid', '');
const iv = textValue('iv', '');
const data = textValue('data', '');
const file = textValue('file', '');
const serial = integerValue('serial', 0n, { type: 'int32_t', range: INT32 });

/** A password or key that other objects refer to by id. */
abstract class Secret extends UserObject {
  #content: Buffer = Buffer.alloc(0);

  /** What was given, decoded and decrypted. */
  get content(): Buffer {
    return this.#content;
  }

  /** @throws QmpError if there is nothing, or too much */
  protected abstract read(): Buffer;

  protected override onComplete(system: System): void {
    const input = this.read();
    const key = this.value(keyid);
    this.#content = key === '' ? this.#decode(input) : this.#decrypt(input, secretContent(system, key));
  }

  #decrypt(input: Buffer, key: Buffer): Buffer {
    if (!this.isSet(iv)) throw new QmpError('IV is required to decrypt secret');
    const start = decodeBase64(this.value(iv));
    return decrypt(this.#decode(input), key, start);
  }

  #decode(input: Buffer): Buffer {
    return this.value(format) === 'base64' ? decodeBase64(input.toString('latin1')) : input;
  }
}

/** What another object of the user's keeps secret. Throws `QmpError`. */
export function secretContent(system: System, id: string): Buffer {
  const secret = system.children.get('objects')?.children.get(id);
  if (secret === undefined) throw new QmpError(`No secret with id '${id}'`);
  if (!(secret instanceof Secret)) throw new QmpError(`Object with id '${id}' is not a secret`);
  return secret.content;
}

class PlainSecret extends Secret {
  protected read(): Buffer {
    const path = this.value(file);
    if (this.isSet(data) && this.isSet(file)) throw new QmpError("'file' and 'data' are mutually exclusive");
    if (this.isSet(data)) return Buffer.from(this.value(data));
    if (!this.isSet(file)) throw new QmpError("Either 'file' or 'data' must be provided");
    try {
      return readFileSync(path);
    } catch (error) {
      throw new QmpError(`Unable to read ${path}: Failed to open file “${path}”: ${systemErrorText(error)}`);
    }
  }
}

/** A key in the kernel's keyring, which holds none for a simulated program. */
class KeyringSecret extends Secret {
  protected read(): Buffer {
    const number = BigInt.asUintN(32, this.value(serial)).toString(16).padStart(8, '0');
    throw new QmpError(`Unable to read serial key ${number}: Required key not available`);
  }
}

export const SECRET_TYPES: readonly TypeInfo[] = [
  {
    name: 'secret_common',
    parent: 'object',
    abstract: true,
    interfaces: ['user-creatable'],
    properties: [
      iv,
      keyid,
      { name: 'loaded', type: 'bool', get: object => object instanceof Secret && object.completed },
      format,
    ],
  },
  {
    name: 'secret',
    parent: 'secret_common',
    properties: [file, data],
    create: type => new PlainSecret(type),
  },
  {
    name: 'secret_keyring',
    parent: 'secret_common',
    properties: [serial],
    create: type => new KeyringSecret(type),
  },
];
