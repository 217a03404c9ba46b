import { QmpError } from '../base/errors.ts';
import { resolveBelow } from '../qom/path.ts';
import { Device } from './device.ts';
import type { System } from './system.ts';

/**
 * Starts the removal of a device named by id or absolute path, as `device_del` does. Where the guest
 * must agree, the device is still there on return.
 * @throws QmpError with the text that QEMU 7.2 gives
 */
export function removeDevice(system: System, id: string): void {
  const found = findDevice(system, id);
  if (found.withdrawn || found.hotplugHandler()?.isUnplugPending?.(found) === true)
    throw new QmpError(`Device ${id} is already in the process of unplug`);
  unplugDevice(found);
}

/** A device by id, by a path that begins there, or by an absolute one. @throws QmpError */
export function findDevice(system: System, id: string): Device {
  const found = resolveBelow(id.startsWith('/') ? system : system.peripheral, id);
  if (found === undefined) throw new QmpError(`Device '${id}' not found`, 'DeviceNotFound');
  if (!(found instanceof Device)) throw new QmpError(`${id} is not a hotpluggable device`);
  return found;
}

/** Starts the removal of a device, as `removeDevice`. @throws QmpError */
export function unplugDevice(device: Device): void {
  const bus = device.parentBus;
  if (bus?.isHotpluggable === false) throw new QmpError(`Bus '${bus.busName}' does not support hotplugging`);
  const handler = device.hotplugHandler();
  // A part of another device has nobody to ask: QEMU 7.2 dies of that.
  if (!device.hotpluggable || handler === undefined) {
    throw new QmpError(`Device '${device.type.name}' does not support hotplugging`);
  }
  if (handler.unplugRequest !== undefined) {
    handler.unplugRequest(device);
  } else if (handler.unplug !== undefined) {
    handler.unplug(device);
    device.remove();
  }
}
