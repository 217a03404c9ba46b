import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { attempt } from '../base/disposal.ts';
import { QmpError } from '../base/errors.ts';
import { Device } from '../qdev/device.ts';
import { bit, str } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import type { TypeInfo } from '../qom/type.ts';
import { USB_SPEEDS, UsbBus, type UsbPort, type UsbSpeed } from './bus.ts';

declare module '../qom/type.ts' {
  interface ClassData {
    readonly usb?: {
      /** What the device calls itself. */
      readonly product: string;
      /** Speeds it can run at. */
      readonly speeds: readonly UsbSpeed[];
      /** Detached until somebody attaches it: it waits for something on the host's side, or for the user. */
      readonly detached?: 'by-itself' | 'by-user';
    };
  }
}

const wantedPort = str('port');
const pcap = str('pcap');
export const serial = str('serial');

/** In Mbit/s. */
export const MEGABITS: Readonly<Record<UsbSpeed, string>> = {
  low: '1.5',
  full: '12',
  high: '480',
  super: '5000',
};

/** Something on a USB bus. */
export class UsbDevice extends Device {
  #port: UsbPort | undefined;
  #attached = false;

  get usbBus(): UsbBus {
    const bus = this.parentBus;
    if (!(bus instanceof UsbBus)) throw new Error(`${this.type.name} is not on a USB bus`);
    return bus;
  }

  get port(): UsbPort | undefined {
    return this.#port;
  }

  get productName(): string {
    return this.type.class.usb?.product ?? this.type.name;
  }

  get attached(): boolean {
    return this.#attached;
  }

  /** Speeds it can run at. */
  get speeds(): readonly UsbSpeed[] {
    return this.type.class.usb?.speeds ?? [];
  }

  /** The fastest that it and its port can do. */
  get speed(): UsbSpeed {
    if (!this.#attached) return this.speeds[0] ?? 'low';
    return this.speeds.findLast(speed => this.#port?.speeds.includes(speed)) ?? 'full';
  }

  override get details(): readonly string[] {
    // The guest gives addresses; to QEMU's own devices it has given none yet.
    const place = `addr ${this.usbBus.number}.0, port ${this.#port?.path ?? '-'}`;
    const attachment = this.#attached ? ', attached' : '';
    return [`${place}, speed ${MEGABITS[this.speed]}, name ${this.productName}${attachment}`];
  }

  protected override onRealize(): void {
    attempt(undo => {
      const port = this.usbBus.claim(this, this.value(wantedPort));
      this.#port = port;
      undo.push(() => this.#leavePort());
      this.onUsbRealize();
      undo.push(() => this.onUsbUnrealize());
      const capture = this.value(pcap);
      if (capture !== undefined && !existsSync(dirname(capture)))
        throw new QmpError(`open ${capture} failed`);
      if (this.type.class.usb?.detached === undefined) this.attach();
    });
  }

  /** Makes the device visible on its port. @throws QmpError if they have no speed in common */
  protected attach(): void {
    const port = this.#port;
    if (port === undefined || this.#attached) return;
    if (!this.speeds.some(speed => port.speeds.includes(speed))) {
      throw new QmpError(
        `Warning: speed mismatch trying to attach usb device "${this.productName}" (${speedNames(this.speeds)} speed) to bus "${this.usbBus.busName}", port "${port.path}" (${speedNames(port.speeds)} speed)`,
      );
    }
    this.#attached = true;
  }

  /** For `qom-set`. */
  setAttached(attached: boolean): void {
    if (attached) this.attach();
    else this.#attached = false;
  }

  protected override onUnrealize(): void {
    this.onUsbUnrealize();
    this.#leavePort();
    this.#attached = false;
  }

  protected override onLeaving(): void {
    this.#leavePort();
  }

  protected onUsbRealize(): void {}
  protected onUsbUnrealize(): void {}

  #leavePort(): void {
    if (this.#port !== undefined) this.usbBus.release(this.#port);
    this.#port = undefined;
  }
}

function speedNames(speeds: readonly UsbSpeed[]): string {
  return USB_SPEEDS.filter(speed => speeds.includes(speed)).join('+');
}

const attached: Property = {
  name: 'attached',
  type: 'bool',
  get: object => object instanceof UsbDevice && object.attached,
};

/** For devices that the user attaches when everything behind them is in place. */
export const settableAttached: Property = {
  ...attached,
  set: (object, visitor) => {
    const value = visitor.bool('attached');
    if (object instanceof UsbDevice) object.setAttached(value);
  },
};

export const USB_DEVICE_TYPE: TypeInfo = {
  name: 'usb-device',
  parent: 'device',
  abstract: true,
  properties: [wantedPort, serial, bit('msos-desc', true), pcap],
  instanceProperties: [attached],
  create: type => new UsbDevice(type),
  class: { busType: 'usb-bus' },
};
