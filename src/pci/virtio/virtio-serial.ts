import { QmpError } from '../../base/errors.ts';
import { chardev } from '../../qdev/backend-properties.ts';
import { Bus, defaultBusName } from '../../qdev/bus.ts';
import { Device } from '../../qdev/device.ts';
import { bit, str, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { virtioFunctions } from './family.ts';
import { VirtioDevice } from './virtio-device.ts';
import { classOverride, ioeventfd, vectors } from './virtio-pci.ts';

const PORTS_MAX = 511;
/** Port numbers that are left to choose. */
const UNSET = 0xffffffff;
const COMMUNICATION_OTHER = 0x0780;
const DISPLAY_OTHER = 0x0380;
const OTHERS = 0x00ff;

const maxPorts = uint32('max_ports', 31);
const portNumber = uint32('nr', UNSET);
const portName = str('name');
const emergencyWrite = bit('emergency-write', true);
/** Bytes of the configuration, without and with the emergency register (virtio 1.1, 5.3.4). */
const CONFIG_SIZE = 8;
const CONFIG_SIZE_EMERGENCY = 12;

const PROPERTIES = [maxPorts, emergencyWrite] as const;

/** A set of serial ports (virtio 1.1, 5.3). */
class VirtioSerial extends VirtioDevice {
  override get configSize(): number {
    return this.value(emergencyWrite) ? CONFIG_SIZE_EMERGENCY : CONFIG_SIZE;
  }

  override get defaultVectors(): number {
    return this.ports + 1;
  }

  get ports(): number {
    return this.value(maxPorts);
  }

  protected override onRealize(): void {
    if (this.ports === 0) throw new QmpError('Maximum number of serial ports not specified');
    if (this.ports > PORTS_MAX) throw new QmpError(`maximum ports supported: ${PORTS_MAX}`);
    const owner = this.parent instanceof Device ? this.parent : this;
    const name = owner.id === undefined ? defaultBusName(this, 'virtio-serial-bus') : `${owner.id}.0`;
    const bus = new Bus(this.type.registry.require('virtio-serial-bus'), name, this);
    bus.hotplugHandler = { hotplugObject: this, unplug: () => {} };
  }

  protected override onUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

/** One port. Number 0 is the first console's (virtio 1.1, 5.3.2). */
class VirtioSerialPort extends Device {
  protected override onRealize(): void {
    const bus = this.parentBus;
    if (!(bus?.owner instanceof VirtioSerial))
      throw new Error(`${this.type.name} is not on a virtio-serial bus`);
    const others = bus.devices.filter(device => device !== this && device instanceof VirtioSerialPort);
    const isConsole = this.type.isA('virtconsole');
    const name = this.value(portName);
    if (name !== undefined && others.some(other => other.value(portName) === name))
      throw new QmpError(`virtio-serial-bus: A port already exists by name ${name}`);
    const taken = new Set(others.map(other => other.value(portNumber)));
    let number = this.value(portNumber);
    if (number === UNSET) {
      number = isConsole && !taken.has(0) ? 0 : firstFrom(1, taken);
    }
    if (taken.has(number)) throw new QmpError(`virtio-serial-bus: A port already exists at id ${number}`);
    if (number >= bus.owner.ports) {
      throw new QmpError(
        `virtio-serial-bus: Out-of-range port id specified, max. allowed: ${bus.owner.ports - 1}`,
      );
    }
    if (number === 0 && !isConsole) {
      throw new QmpError(
        'Port number 0 on virtio-serial devices reserved for virtconsole devices for backward compatibility.',
      );
    }
    this.setValue(portNumber, number);
  }

  override get details(): readonly string[] {
    const host = this.#hostIsThere ? 'on' : 'off';
    return [`port ${this.value(portNumber)}, guest off, host ${host}, throttle off`];
  }

  /** A console's host is there with its character device, whoever is at the other end of that. */
  get #hostIsThere(): boolean {
    const id = this.value(chardev);
    if (id === undefined) return false;
    return this.type.isA('virtconsole') || this.system.backends.chardevs?.isConnected(id) === true;
  }
}

function firstFrom(start: number, taken: ReadonlySet<number>): number {
  let number = start;
  while (taken.has(number)) number++;
  return number;
}

export const VIRTIO_SERIAL_TYPES: readonly TypeInfo[] = [
  { name: 'virtio-serial-bus', parent: 'bus' },
  {
    name: 'virtio-serial-device',
    parent: 'virtio-device',
    interfaces: ['hotplug-handler'],
    properties: PROPERTIES,
    create: type => new VirtioSerial(type),
    class: { virtioName: 'virtio-serial', category: 'input' },
  },
  ...virtioFunctions({
    name: 'virtio-serial',
    backend: 'virtio-serial-device',
    properties: PROPERTIES,
    functionProperties: [ioeventfd(), vectors(2), classOverride],
    kind: 3,
    classCode: COMMUNICATION_OTHER,
    classChoices: [COMMUNICATION_OTHER, DISPLAY_OTHER, OTHERS],
    transitionalId: 0x1003,
    class: { category: 'input' },
  }),
  {
    name: 'virtio-serial-port',
    parent: 'device',
    abstract: true,
    properties: [portNumber, portName],
    class: { busType: 'virtio-serial-bus', category: 'input' },
  },
  {
    name: 'virtserialport',
    parent: 'virtio-serial-port',
    properties: [chardev],
    create: type => new VirtioSerialPort(type),
    class: { chardevUse: { isUpToGuest: true } },
  },
  {
    name: 'virtconsole',
    parent: 'virtserialport',
    class: { chardevUse: {} },
  },
];
