import { QmpError } from '../base/errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { Property } from '../qom/property.ts';

/** A machine shows its clock's. */
export function clockTime(machine: Machine): Property {
  return {
    ...timeProperty('rtc-time', machine),
    set: () => {
      throw new QmpError("Property 'mc146818rtc.date' is not writable");
    },
  };
}

/** The time of day inside, as C has it: years since 1900, months from 0. */
export function timeProperty(name: string, { environment }: Machine): Property {
  return {
    name,
    type: 'struct tm',
    get: () => {
      const now = new Date(environment.clock.wallMicroseconds() / 1000);
      return {
        tm_year: now.getUTCFullYear() - 1900,
        tm_mon: now.getUTCMonth(),
        tm_mday: now.getUTCDate(),
        tm_hour: now.getUTCHours(),
        tm_min: now.getUTCMinutes(),
        tm_sec: now.getUTCSeconds(),
      };
    },
  };
}
