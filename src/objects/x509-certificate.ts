import type { X509Certificate } from 'node:crypto';
import { type DerElement, derElements } from '../base/der.ts';

/** What a certificate says that it may be used for; `critical` if who does not understand that must refuse it. */
export interface KeyUsage {
  readonly critical: boolean;
  readonly digitalSignature: boolean;
  readonly certificateSigning: boolean;
}

/** Extended key usage: `server` and `client` of TLS, among others. */
export interface KeyPurpose {
  readonly critical: boolean;
  readonly server: boolean;
  readonly client: boolean;
}

/** Extensions of a certificate (RFC 5280, section 4.2); those it does not have are undefined. */
export interface CertificateExtensions {
  /** Basic constraints: whether it is an authority's. */
  readonly isAuthority: boolean | undefined;
  readonly usage: KeyUsage | undefined;
  readonly purpose: KeyPurpose | undefined;
}

/** Identifiers as they are encoded. */
const KEY_USAGE = '551d0f';
const BASIC_CONSTRAINTS = '551d13';
const EXTENDED_KEY_USAGE = '551d25';
const ANY_PURPOSE = '551d2500';
const SERVER_AUTHENTICATION = '2b06010505070301';
const CLIENT_AUTHENTICATION = '2b06010505070302';

const BOOLEAN = 0x01;
/** The member of a certificate with its extensions. */
const EXTENSIONS = 0xa3;
/** Bits of the key usage, in the first byte. */
const DIGITAL_SIGNATURE = 0x80;
const CERTIFICATE_SIGNING = 0x04;

/** What Node's own class does not tell. Throws `RangeError` for what is no certificate. */
export function readExtensions(certificate: X509Certificate): CertificateExtensions {
  const found = new Map<string, Extension>();
  const [toBeSigned] = members(members(derElements(certificate.raw)[0])[0]).filter(
    ({ tag }) => tag === EXTENSIONS,
  );
  for (const extension of members(members(toBeSigned)[0])) {
    const parts = members(extension);
    const critical = parts[1]?.tag === BOOLEAN;
    found.set(hex(parts[0]), { critical, value: derElements(parts.at(-1)?.content ?? new Uint8Array())[0] });
  }
  return {
    isAuthority: isAuthority(found.get(BASIC_CONSTRAINTS)),
    usage: keyUsage(found.get(KEY_USAGE)),
    purpose: keyPurpose(found.get(EXTENDED_KEY_USAGE)),
  };
}

interface Extension {
  readonly critical: boolean;
  readonly value: DerElement | undefined;
}

function members(element: DerElement | undefined): readonly DerElement[] {
  return element === undefined ? [] : derElements(element.content);
}

function hex(element: DerElement | undefined): string {
  return Buffer.from(element?.content ?? []).toString('hex');
}

function isAuthority(extension: Extension | undefined): boolean | undefined {
  if (extension === undefined) return undefined;
  const [flag] = members(extension.value);
  return flag?.tag === BOOLEAN && flag.content[0] !== 0;
}

function keyUsage(extension: Extension | undefined): KeyUsage | undefined {
  if (extension === undefined) return undefined;
  // The first byte of a bit string is the number of bits that do not count.
  const bits = extension.value?.content[1] ?? 0;
  return {
    critical: extension.critical,
    digitalSignature: (bits & DIGITAL_SIGNATURE) !== 0,
    certificateSigning: (bits & CERTIFICATE_SIGNING) !== 0,
  };
}

function keyPurpose(extension: Extension | undefined): KeyPurpose | undefined {
  if (extension === undefined) return undefined;
  const purposes = new Set(members(extension.value).map(hex));
  const any = purposes.has(ANY_PURPOSE);
  return {
    critical: extension.critical,
    server: any || purposes.has(SERVER_AUTHENTICATION),
    client: any || purposes.has(CLIENT_AUTHENTICATION),
  };
}
