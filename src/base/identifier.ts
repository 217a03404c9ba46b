import { QmpError } from './errors.ts';

/** QEMU's remark about names that are none. */
export const IDENTIFIER_HINT =
  "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.";

/** Whether a user may give this name to a device, a backend or a monitor. */
export function isIdentifier(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9\-._]*$/.test(text);
}

/** What whoever gives another name is told. */
export function badIdentifier(): QmpError {
  return new QmpError("Parameter 'id' expects an identifier", 'GenericError', IDENTIFIER_HINT);
}
