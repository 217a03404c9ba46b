import { readFileSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { System } from '../qdev/system.ts';
import type { TypeInfo } from '../qom/type.ts';
import { boolValue, textValue } from '../qom/values.ts';
import { GNUTLS, pemBlocks, pemProblem } from './pem.ts';
import { secretContent } from './secret.ts';
import { loaded, TlsCreds } from './tls-creds.ts';
import { checkCertificates, type FiledCertificate } from './x509-checks.ts';

const sanityCheck = boolValue('sanity-check', true);
const passwordId = textValue('passwordid', '');

const CERTIFICATE = 'CERTIFICATE';

/** Files in PEM, as they were when the object was created. */
interface Contents {
  /** Certificates of the authorities that are trusted. */
  readonly authorities: string;
  /** What the authorities have revoked. */
  readonly revoked: string | undefined;
  /** The certificate and its key; a client may have none. */
  readonly own: { readonly certificate: string; readonly key: string } | undefined;
  /** Opens the key, if it is encrypted. */
  readonly passphrase: string | undefined;
  readonly dhParameters: string | undefined;
}

const NOTHING: Contents = {
  authorities: '',
  revoked: undefined,
  own: undefined,
  passphrase: undefined,
  dhParameters: undefined,
};

/** Certificates. */
export class TlsCredsX509 extends TlsCreds {
  readonly kind = 'x509';
  #contents = NOTHING;

  get contents(): Contents {
    return this.#contents;
  }

  protected override onComplete(system: System): void {
    this.requireDirectory();
    const isServer = this.endpoint === 'server';
    const authorities = this.findFile('ca-cert.pem', true) ?? '';
    const revoked = isServer ? this.findFile('ca-crl.pem', false) : undefined;
    const certificate = this.findFile(`${this.endpoint}-cert.pem`, isServer);
    const key = this.findFile(`${this.endpoint}-key.pem`, isServer);
    if (this.value(sanityCheck)) this.#check(certificate, authorities);
    const authoritiesText = readAuthorities(authorities);
    const passwordOf = this.value(passwordId);
    const passphrase = passwordOf === '' ? undefined : secretContent(system, passwordOf).toString();
    this.#contents = {
      authorities: authoritiesText,
      own: certificate && key ? readOwn(certificate, key, passphrase) : undefined,
      revoked: revoked === undefined ? undefined : readRevoked(revoked),
      passphrase,
      dhParameters: this.readDhParameters(),
    };
  }

  #check(ownPath: string | undefined, authoritiesPath: string): void {
    let own: FiledCertificate | undefined;
    if (ownPath !== undefined) {
      const text = read(ownPath, listUnreadable);
      const problem = pemProblem(text, CERTIFICATE);
      if (problem !== undefined) {
        throw new QmpError(`Unable to import ${this.endpoint} certificate ${ownPath}: ${problem}`);
      }
      own = parseAll(text, ownPath)[0];
    }
    const text = read(authoritiesPath, listUnreadable);
    if (pemProblem(text, CERTIFICATE) !== undefined) {
      throw new QmpError(`Unable to import CA certificate list ${authoritiesPath}`);
    }
    checkCertificates(own, parseAll(text, authoritiesPath), this.endpoint, Date.now());
  }
}

function listUnreadable(path: string, error: unknown): QmpError {
  return new QmpError(
    `Cannot load CA cert list ${path}: Error reading file “${path}”: ${systemErrorText(error)}`,
  );
}

function readAuthorities(path: string): string {
  const failed = (reason: string) => new QmpError(`Cannot load CA certificate '${path}': ${reason}`);
  const text = read(path, () => failed(GNUTLS.UNREADABLE));
  if (pemProblem(text, CERTIFICATE) === GNUTLS.BAD_DER) throw failed(GNUTLS.BAD_DER);
  return text;
}

function readRevoked(path: string): string {
  const failed = (reason: string) => new QmpError(`Cannot load CRL '${path}': ${reason}`);
  const text = read(path, () => failed(GNUTLS.UNREADABLE));
  const problem = pemProblem(text, 'X509 CRL');
  if (problem !== undefined) throw failed(problem === GNUTLS.NO_HEADER ? GNUTLS.NO_DATA : problem);
  return text;
}

function readOwn(certificatePath: string, keyPath: string, passphrase: string | undefined) {
  const failed = (reason: string) =>
    new QmpError(`Cannot load certificate '${certificatePath}' & key '${keyPath}': ${reason}`);
  const certificate = read(certificatePath, () => failed(GNUTLS.UNREADABLE));
  const key = read(keyPath, () => failed(GNUTLS.UNREADABLE));
  const problem = certificate === '' ? GNUTLS.NO_DATA : pemProblem(certificate, CERTIFICATE);
  if (problem !== undefined) throw failed(problem);
  const [own] = parseAll(certificate, certificatePath);
  if (!own?.certificate.checkPrivateKey(openKey(key, passphrase, failed))) throw failed(GNUTLS.MISMATCH);
  return { certificate, key };
}

function openKey(key: string, passphrase: string | undefined, failed: (reason: string) => QmpError) {
  const { createPrivateKey } = process.getBuiltinModule('node:crypto');
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) throw failed(GNUTLS.NO_KEY);
  try {
    return createPrivateKey(passphrase === undefined ? key : { key, passphrase });
  } catch {
    throw failed(key.includes('ENCRYPTED') ? GNUTLS.NOT_DECRYPTED : GNUTLS.BAD_DER);
  }
}

/** The certificates of a file. Loaded late: few machines have any. */
function parseAll(text: string, path: string): readonly FiledCertificate[] {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  return pemBlocks(text, CERTIFICATE).map(block => {
    try {
      return { certificate: new X509Certificate(block), path };
    } catch {
      throw new QmpError(`Unable to import certificate ${path}: ${GNUTLS.BAD_DER}`);
    }
  });
}

function read(path: string, unreadable: (path: string, error: unknown) => QmpError): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw unreadable(path, error);
  }
}

export const TLS_CREDS_X509_TYPE: TypeInfo = {
  name: 'tls-creds-x509',
  parent: 'tls-creds',
  interfaces: ['user-creatable'],
  properties: [loaded, sanityCheck, passwordId],
  create: type => new TlsCredsX509(type),
};
