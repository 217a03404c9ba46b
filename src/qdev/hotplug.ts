import type { QomObject } from '../qom/object.ts';
import type { Device } from './device.ts';

/**
 * Whoever controls a place where devices come and go: a host bridge for its PCI buses, the machine for
 * CPUs and memory. Every method may throw a QmpError; after that nothing may have changed.
 */
export interface HotplugHandler {
  /** The object that QOM shows as the handler. */
  readonly hotplugObject?: QomObject;
  /** Before the device is realized: may it come? */
  prePlug?(device: Device): void;
  /** After it was realized: tell the guest. */
  plug?(device: Device): void;
  /** Asks the guest to let the device go; `DEVICE_DELETED` follows when it did. */
  unplugRequest?(device: Device): void;
  /** Whether a request is still so fresh that another one is refused. */
  isUnplugPending?(device: Device): boolean;
  /** Takes the device away at once (buses that need no consent). */
  unplug?(device: Device): void;
}
