import { QmpError } from '../base/errors.ts';
import { Bus, defaultBusName } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import type { TypeInfo } from '../qom/type.ts';
import type { UsbDevice } from './device.ts';

/** In ascending order. */
export const USB_SPEEDS = ['low', 'full', 'high', 'super'] as const;
export type UsbSpeed = (typeof USB_SPEEDS)[number];

/** A place to plug something in: `1` on the controller, `1.2` on the hub in port 1. */
export class UsbPort {
  device: UsbDevice | undefined;

  constructor(
    readonly path: string,
    /** Speeds that the port supports. */
    public speeds: readonly UsbSpeed[],
  ) {}
}

/** A USB bus: the ports of a controller and of the hubs below it. Devices come and go without anybody's consent. */
export class UsbBus extends Bus implements HotplugHandler {
  /** Counts the buses of a machine. */
  readonly number: number;
  /** Set on buses whose slower ports belong to controllers of their own (EHCI 1.0, 4.2). */
  takesCompanions = false;
  readonly #free: UsbPort[] = [];
  readonly #used: UsbPort[] = [];

  constructor(owner: Device) {
    super(owner.type.registry.require('usb-bus'), defaultBusName(owner, 'usb-bus'), owner);
    this.number = owner.system.nextNumber('USB bus');
    this.hotplugHandler = this;
  }

  get hotplugObject(): this {
    return this;
  }

  /** Ports in use, in the order in which they were taken. */
  get usedPorts(): readonly UsbPort[] {
    return this.#used;
  }

  override devicePath(device: Device): string | undefined {
    const port = this.#used.find(each => each.device === device)?.path;
    const controller = this.owner?.devicePath;
    return controller === undefined ? port : `${controller}/${port}`;
  }

  addPorts(ports: readonly UsbPort[]): void {
    this.#free.push(...ports);
  }

  /** For a hub that goes; nothing is in its ports any more. */
  removePorts(ports: readonly UsbPort[]): void {
    for (const port of ports) {
      const index = this.#free.indexOf(port);
      if (index >= 0) this.#free.splice(index, 1);
    }
  }

  /** Lets slower devices into ports that a companion controller serves. */
  widenPorts(first: number, count: number, speeds: readonly UsbSpeed[]): void {
    const paths = new Set(Array.from({ length: count }, (_, index) => String(first + index + 1)));
    for (const port of [...this.#free, ...this.#used])
      if (paths.has(port.path)) port.speeds = [...speeds, ...port.speeds];
  }

  /** The port that the user wants, or the one that has been free for longest. The last one gets a hub. @throws QmpError */
  claim(device: UsbDevice, wanted: string | undefined): UsbPort {
    const index = wanted === undefined ? this.#anyPort(device) : this.#free.findIndex(p => p.path === wanted);
    const [port] = index < 0 ? [] : this.#free.splice(index, 1);
    if (port === undefined)
      throw new QmpError(`usb port ${wanted} (bus ${this.busName}) not found (in use?)`);
    port.device = device;
    this.#used.push(port);
    return port;
  }

  #anyPort(device: UsbDevice): number {
    if (this.#free.length === 1 && !device.type.isA('usb-hub')) this.#chainHub(device);
    if (this.#free.length === 0) {
      throw new QmpError(`tried to attach usb device ${device.productName} to a bus with no free ports`);
    }
    return 0;
  }

  #chainHub(device: Device): void {
    const hub = this.type.registry.create('usb-hub');
    if (!(hub instanceof Device)) return;
    device.system.unattached.addChild('device[*]', hub);
    try {
      hub.realize(this);
    } catch (error) {
      hub.discard();
      if (!(error instanceof QmpError)) throw error;
    }
  }

  release(port: UsbPort): void {
    const index = this.#used.indexOf(port);
    if (index < 0) return;
    this.#used.splice(index, 1);
    port.device = undefined;
    this.#free.push(port);
  }

  unplug(): void {}
}

/** The bus of this name. @throws QmpError */
export function usbBusNamed(device: Device, name: string): UsbBus {
  const find = (bus: Bus): UsbBus | undefined => {
    if (bus instanceof UsbBus && bus.busName === name) return bus;
    for (const below of bus.devices) {
      for (const child of below.childBuses) {
        const found = find(child);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  };
  const bus = find(device.system.mainBus);
  if (bus === undefined) throw new QmpError(`USB bus '${name}' not found`);
  return bus;
}

export const USB_BUS_TYPES: readonly TypeInfo[] = [
  { name: 'usb-bus', parent: 'bus', interfaces: ['hotplug-handler'] },
];
