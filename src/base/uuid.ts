/** Stands for none. */
export const NO_UUID = '00000000-0000-0000-0000-000000000000';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text has the canonical form, in letters of either case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
