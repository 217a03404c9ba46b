import type { Clock } from '../base/clock.ts';
import type { JsonValue } from '../base/json.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { uint32 } from '../qdev/properties.ts';
import { aliasProperty } from '../qom/property.ts';
import type { TypeInfo } from '../qom/type.ts';
import type { SpaprMachine } from './machine.ts';

const WATCHDOGS = 4;
/** When a timer that is not armed expires. */
const NOT_ARMED = 2n ** 64n - 1n;

const fabric = new LinkProperty('xics', 'xics-fabric');
const sources = uint32('nr-irqs', 0);

/** Sources of the older interrupt controller, which a guest may choose instead of XIVE. */
export function addIcs(machine: SpaprMachine, count: number): void {
  const ics = machine.addChild('ics', new Device(machine.type.registry.require('ics-spapr')));
  ics.setValue(fabric, machine);
  ics.setValue(sources, count);
  ics.realize();
}

/** The clock that the guest asks for the date, and the timers that expect it to call. */
export function addTimers(machine: SpaprMachine): void {
  const { registry } = machine.type;
  const rtc = machine.addChild('rtc', new Device(registry.require('spapr-rtc')));
  rtc.addProperty({ name: 'date', type: 'struct tm', get: () => calendar(machine.environment.clock) });
  rtc.realize();
  machine.addProperty(aliasProperty('rtc-time', rtc, 'date'));
  for (let number = 1; number <= WATCHDOGS; number++) {
    const watchdog = machine.addChild(`wdt${number}`, new Device(registry.require('spapr-wdt')));
    watchdog.addProperty({ name: 'expire', type: 'uint64', get: () => NOT_ARMED });
    watchdog.addProperty({ name: 'action', type: 'uint8', get: () => 0 });
    watchdog.addProperty({ name: 'leaveOtherWatchdogsRunningOnTimeout', type: 'uint8', get: () => 0 });
    watchdog.realize();
  }
}

/** Broken-down UTC as C has it: years since 1900, months from 0. */
function calendar(clock: Clock): JsonValue {
  const date = new Date(clock.wallMicroseconds() / 1000);
  return {
    tm_year: date.getUTCFullYear() - 1900,
    tm_mon: date.getUTCMonth(),
    tm_mday: date.getUTCDate(),
    tm_hour: date.getUTCHours(),
    tm_min: date.getUTCMinutes(),
    tm_sec: date.getUTCSeconds(),
  };
}

const NOT_CREATABLE = { userCreatable: false } as const;

export const PLATFORM_DEVICE_TYPES: readonly TypeInfo[] = [
  { name: 'spapr-rtc', parent: 'device', create: type => new Device(type), class: NOT_CREATABLE },
  { name: 'spapr-wdt', parent: 'device', create: type => new Device(type), class: NOT_CREATABLE },
  {
    name: 'ics',
    parent: 'device',
    properties: [legacyText(fabric.name), fabric, sources],
    create: type => new Device(type),
    class: NOT_CREATABLE,
  },
  {
    name: 'ics-spapr',
    parent: 'ics',
    interfaces: ['spapr-interrupt-controller'],
  },
];
