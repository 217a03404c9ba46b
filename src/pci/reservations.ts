import { QmpError } from '../base/errors.ts';
import type { Device } from '../qdev/device.ts';
import { size, uint32 } from '../qdev/properties.ts';

const UNSET = 2n ** 64n - 1n;
const FOUR_GIB = 1n << 32n;
const SMALLEST_IO_WINDOW = 0x1000n;

const ioPorts = size('io-reserve', UNSET);
const memory = size('mem-reserve', UNSET);
const prefetchable32 = size('pref32-reserve', UNSET);
const prefetchable64 = size('pref64-reserve', UNSET);

/** Address space that firmware should leave for what is plugged in behind a bridge later. */
export const RESERVATIONS = [
  uint32('bus-reserve', 0xffffffff),
  ioPorts,
  memory,
  prefetchable32,
  prefetchable64,
] as const;

/** Asks for I/O ports for one device, unless the user has said how many. */
export function reserveIoPorts(bridge: Device): void {
  if (bridge.value(ioPorts) === UNSET) bridge.setValue(ioPorts, SMALLEST_IO_WINDOW);
}

/** @throws QmpError for what the capability that hands them over cannot say */
export function checkReservations(bridge: Device): void {
  const isTooLarge = (bytes: bigint) => bytes !== UNSET && bytes >= FOUR_GIB;
  const fail = (text: string) => {
    throw new QmpError(`PCI resource reserve cap: ${text}`);
  };
  if (bridge.value(prefetchable32) !== UNSET && bridge.value(prefetchable64) !== UNSET)
    fail('PREF32 and PREF64 conflict');
  if (isTooLarge(bridge.value(memory))) fail('mem-reserve must be less than 4G');
  if (isTooLarge(bridge.value(prefetchable32))) fail('pref32-reserve  must be less than 4G');
}
