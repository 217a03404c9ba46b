import { derElements } from '../base/der.ts';

/** What GnuTLS says of files that it cannot make sense of. */
export const GNUTLS = {
  NO_HEADER: 'Base64 unexpected header error.',
  NO_DATA: 'Base64 decoding error.',
  NO_KEY: 'The requested data were not available.',
  BAD_DER: 'ASN1 parser: Error in DER parsing.',
  UNREADABLE: 'Error while reading file.',
  NOT_DECRYPTED: 'Decryption has failed.',
  MISMATCH: 'The certificate and the given key do not match.',
} as const;

/** The content of the blocks with this label (RFC 7468); what is no block is skipped. */
export function pemBlocks(text: string, label: string): readonly Buffer[] {
  const block = new RegExp(`-----BEGIN ${label}-----\\s+([A-Za-z0-9+/=\\s]+)-----END ${label}-----`, 'g');
  return [...text.matchAll(block)].map(([, data = '']) => Buffer.from(data, 'base64'));
}

/** What is wrong with the first block of this label, which should hold one element; undefined if nothing. */
export function pemProblem(text: string, label: string): string | undefined {
  const [block] = pemBlocks(text, label);
  if (block === undefined) return GNUTLS.NO_HEADER;
  try {
    return derElements(block).length === 1 ? undefined : GNUTLS.BAD_DER;
  } catch {
    return GNUTLS.BAD_DER;
  }
}
