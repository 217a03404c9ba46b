import { QmpError } from '../base/errors.ts';
import { badIdentifier, isIdentifier } from '../base/identifier.ts';
import type { JsonValue } from '../base/json.ts';
import { inMemberOrder } from '../base/member-order.ts';
import type { QomType, TypeRegistry } from '../qom/type.ts';
import { JsonVisitor, TextVisitor, textOf } from '../qom/visitor.ts';
import type { Bus } from './bus.ts';
import { findBus, findBusOfType } from './bus-path.ts';
import { Device } from './device.ts';
import type { System } from './system.ts';

/** What a user asks for. `typed`: values are JSON of the property's own type, else they become text first. */
export interface DeviceRequest {
  readonly typed: boolean;
  readonly options: readonly (readonly [name: string, value: JsonValue])[];
}

/**
 * Creates, configures and realizes a device as `device_add` and `-device` do.
 * On failure nothing is left behind.
 * @throws QmpError with the text that QEMU 7.2 gives
 */
export function addDevice(system: System, request: DeviceRequest): Device {
  const options = new Map(request.options.flatMap(([name, value]) => normalise(name, value, request.typed)));
  const id = takeText(options, 'id');
  if (id !== undefined && !request.typed && !isIdentifier(id)) throw badIdentifier();
  const driver = takeText(options, 'driver');
  if (driver === undefined) throw new QmpError("Parameter 'driver' is missing");
  const type = deviceType(system, driver);
  const bus = chooseBus(system, type, takeText(options, 'bus'));

  const device = type.create?.(type);
  if (!(device instanceof Device)) throw new QmpError(`'${driver}' is not a valid device model name`);
  device.hotplugged = system.ready;
  if (system.ready) system.checkHotplug(device);
  if (system.ready && bus === undefined && system.machineHotplugHandler(device) === undefined) {
    throw new QmpError(`Device '${type.name}' can not be hotplugged on this machine`);
  }
  place(system, device, id);
  try {
    for (const [name, value] of inMemberOrder(options)) {
      device.setProperty(name, request.typed ? new JsonVisitor(value) : new TextVisitor(textOf(value) ?? ''));
    }
    device.realize(bus);
  } catch (error) {
    device.discard();
    throw error;
  }
  return device;
}

/** Text options know no null, lists and objects: they vanish. */
function normalise(name: string, value: JsonValue, typed: boolean): [string, JsonValue][] {
  if (typed) return [[name, value]];
  const text = textOf(value);
  // An id that is not a string is dropped, as if the device were anonymous.
  return text === undefined || (name === 'id' && typeof value !== 'string') ? [] : [[name, text]];
}

function takeText(options: Map<string, JsonValue>, name: string): string | undefined {
  const value = options.get(name);
  options.delete(name);
  return typeof value === 'string' ? value : undefined;
}

function deviceType(system: System, driver: string): QomType {
  const type = typeOfDriver(system.types, driver);
  if (type === undefined || !type.isA('device'))
    throw new QmpError(`'${driver}' is not a valid device model name`);
  if (type.abstract) throw new QmpError("Parameter 'driver' expects a non-abstract device type");
  const { userCreatable = true, hotpluggable = true } = type.class;
  if (!userCreatable || (system.ready && !hotpluggable)) {
    throw new QmpError("Parameter 'driver' expects a pluggable device type");
  }
  if (type.isA('sys-bus-device') && !system.acceptsSystemDevice(type))
    throw new QmpError("Parameter 'driver' expects a dynamic sysbus device type for the machine");
  return type;
}

/** The type of this name, or with this other name. */
export function typeOfDriver(types: TypeRegistry, driver: string): QomType | undefined {
  const type = types.load(driver);
  if (type !== undefined || driver === '') return type;
  for (const other of types.all()) if (other.class.alias === driver) return types.load(other.name);
  return undefined;
}

function chooseBus(system: System, type: QomType, path: string | undefined): Bus | undefined {
  const { name: driver } = type;
  const wanted = type.class.busType;
  let bus: Bus | undefined;
  if (path !== undefined) {
    bus = findBus(system.mainBus, path);
    if (wanted === undefined || !bus.type.isA(wanted)) {
      throw new QmpError(`Device '${driver}' can't go on ${bus.type.name} bus`);
    }
  } else if (wanted !== undefined) {
    bus = findBusOfType(system.mainBus, wanted);
    if (bus === undefined) throw new QmpError(`No '${wanted}' bus found for device '${driver}'`);
  }
  if (system.ready && bus?.isHotpluggable === false) {
    throw new QmpError(`Bus '${bus.busName}' does not support hotplugging`);
  }
  return bus;
}

function place(system: System, device: Device, id: string | undefined): void {
  if (id === undefined) {
    system.peripheralAnon.addChild(system.anonymousName(), device);
    return;
  }
  if (system.peripheral.property(id) !== undefined) throw new QmpError(`Duplicate device ID '${id}'`);
  device.id = id;
  system.peripheral.addChild(id, device);
}
