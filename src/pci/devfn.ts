/** A device's place on a PCI bus: slot (0–31) times 8 plus function (0–7). */
export const DEVFN_COUNT = 256;

export function devfnOf(slot: number, fn: number): number {
  return (slot << 3) | fn;
}

export function slotOf(devfn: number): number {
  return (devfn >> 3) & 0x1f;
}

export function functionOf(devfn: number): number {
  return devfn & 7;
}

/** `05.0`, as the property `legacy-addr` shows it. */
export function formatDevfn(devfn: number): string {
  return `${slotOf(devfn).toString(16).padStart(2, '0')}.${functionOf(devfn)}`;
}

/** `SLOT` or `SLOT.FUNCTION`, hexadecimal as C's `%x` reads it: blanks, a sign and `0x` may come before. */
export function parseDevfn(text: string): number | undefined {
  const match =
    /^\s*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)(?:\.\s*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+))?$/.exec(
      text,
    );
  if (match === null) return undefined;
  const slot = scanned(match[1], match[2]);
  const fn = match[4] === undefined ? 0 : scanned(match[3], match[4]);
  return slot <= 31 && fn <= 7 ? devfnOf(slot, fn) : undefined;
}

/** 32 bits of what `strtoul` makes of the digits. */
function scanned(sign: string | undefined, digits = '0'): number {
  const value = BigInt(`0x${digits}`);
  return Number(BigInt.asUintN(32, sign === '-' ? -value : value));
}
