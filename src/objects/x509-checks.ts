import type { X509Certificate } from 'node:crypto';
import { QmpError } from '../base/errors.ts';
import { readExtensions } from './x509-certificate.ts';

/** A certificate and the file it is from. */
export interface FiledCertificate {
  readonly certificate: X509Certificate;
  readonly path: string;
}

/**
 * Looks whether certificates are fit for TLS before anybody relies on them.
 *
 * @param own undefined for a client that has none
 * @param now milliseconds since the Unix epoch
 * @throws QmpError with QEMU's text for the first thing that is wrong
 */
export function checkCertificates(
  own: FiledCertificate | undefined,
  authorities: readonly FiledCertificate[],
  endpoint: 'server' | 'client',
  now: number,
): void {
  if (own !== undefined) check(own, endpoint, now);
  for (const authority of authorities) check(authority, 'CA', now);
  if (own === undefined || authorities.some(({ certificate }) => isSignedBy(own.certificate, certificate))) {
    return;
  }
  throw new QmpError(
    `Our own certificate ${own.path} failed validation against ${authorities[0]?.path}: ` +
      "The certificate hasn't got a known issuer",
  );
}

type Role = 'server' | 'client' | 'CA';

function check({ certificate, path }: FiledCertificate, role: Role, now: number): void {
  const refuse = (text: string) => new QmpError(text);
  if (Date.parse(certificate.validTo) < now) throw refuse(`The ${role} certificate ${path} has expired`);
  if (Date.parse(certificate.validFrom) > now) {
    throw refuse(`The ${role} certificate ${path} is not yet active`);
  }
  const { isAuthority, usage, purpose } = readExtensions(certificate);
  if (role === 'CA') {
    if (isAuthority === undefined)
      throw refuse(`The certificate ${path} is missing basic constraints for a CA`);
    if (!isAuthority) throw refuse(`The certificate ${path} basic constraints do not show a CA`);
    if (usage?.critical && !usage.certificateSigning) {
      throw refuse(`Certificate ${path} usage does not permit certificate signing`);
    }
    return;
  }
  if (isAuthority === true) {
    throw refuse(`The certificate ${path} basic constraints show a CA, but we need one for a ${role}`);
  }
  if (usage?.critical && !usage.digitalSignature) {
    throw refuse(`Certificate ${path} usage does not permit digital signature`);
  }
  if (purpose?.critical && !purpose[role]) {
    throw refuse(`Certificate ${path} purpose does not allow use with a TLS ${role}`);
  }
}

function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}
