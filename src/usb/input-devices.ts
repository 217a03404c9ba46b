import { QmpError } from '../base/errors.ts';
import { chardev } from '../qdev/backend-properties.ts';
import { Bus, defaultBusName } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { bool, str, uint8, uint32 } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import type { ClassData, TypeInfo } from '../qom/type.ts';
import type { UsbSpeed } from './bus.ts';
import { UsbDevice } from './device.ts';

const version = uint32('usb_version', 2);
const FULL = ['full'] as const;

/** A keyboard, mouse or tablet (USB HID 1.11). */
class UsbHid extends UsbDevice {
  override get speeds(): readonly UsbSpeed[] {
    return this.value(version) === 1 ? FULL : super.speeds;
  }

  protected override onUsbRealize(): void {
    const wanted = this.value(version);
    if (wanted !== 1 && wanted !== 2) throw new QmpError(`Invalid usb version ${wanted} for usb hid device`);
  }
}

function hid(
  name: string,
  product: string,
  input: NonNullable<ClassData['input']>,
  properties: readonly Property[] = [],
): TypeInfo {
  return {
    name,
    parent: 'usb-hid',
    properties: [version, ...properties],
    class: { category: 'input', input, usb: { product, speeds: ['full', 'high'] } },
  };
}

/** A serial line over USB: there once somebody on the host's side listens. */
class UsbSerial extends UsbDevice {
  protected override onUsbRealize(): void {
    if (this.value(chardev) === undefined) throw new QmpError('Property chardev is required');
    if (this.value(alwaysPlugged)) this.attach();
  }
}

const alwaysPlugged = bool('always-plugged', false);

/** A reader with one slot for a card (USB CCID 1.1). */
class SmartCardReader extends UsbDevice {
  protected override onUsbRealize(): void {
    const bus = new Bus(this.type.registry.require('ccid-bus'), defaultBusName(this, 'ccid-bus'), this);
    bus.hotplugHandler = { hotplugObject: this, unplug: () => {} };
  }

  protected override onUsbUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

const cardSlot = uint32('slot', 0);

class SmartCard extends Device {
  protected override onRealize(): void {
    if (this.value(cardSlot) !== 0)
      throw new QmpError(`Warning: usb-ccid supports one slot, can't add ${this.value(cardSlot)}`);
    if (this.value(chardev) === undefined) throw new QmpError('missing chardev');
  }
}

export const USB_INPUT_TYPES: readonly TypeInfo[] = [
  { name: 'usb-hid', parent: 'usb-device', abstract: true, create: type => new UsbHid(type) },
  hid('usb-tablet', 'QEMU USB Tablet', { name: 'QEMU HID Tablet', pointer: 'absolute' }, [
    str('display'),
    uint32('head', 0),
  ]),
  hid('usb-mouse', 'QEMU USB Mouse', { name: 'QEMU HID Mouse', pointer: 'relative' }),
  hid('usb-kbd', 'QEMU USB Keyboard', { name: 'QEMU HID Keyboard' }, [str('display')]),
  {
    name: 'usb-wacom-tablet',
    parent: 'usb-device',
    class: {
      description: 'QEMU PenPartner Tablet',
      unsavedState: 'usb-wacom',
      category: 'input',
      usb: { product: 'QEMU PenPartner Tablet', speeds: FULL },
    },
  },
  {
    name: 'usb-serial-dev',
    parent: 'usb-device',
    abstract: true,
    class: { unsavedState: 'usb-serial' },
    create: type => new UsbSerial(type),
  },
  {
    name: 'usb-serial',
    parent: 'usb-serial-dev',
    properties: [chardev, alwaysPlugged],
    class: { category: 'input', usb: { product: 'QEMU USB Serial', speeds: FULL, detached: 'by-itself' } },
  },
  {
    name: 'usb-braille',
    parent: 'usb-serial-dev',
    properties: [chardev],
    class: { category: 'input', usb: { product: 'QEMU USB Braille', speeds: FULL, detached: 'by-itself' } },
  },
  { name: 'ccid-bus', parent: 'bus' },
  {
    name: 'usb-ccid',
    parent: 'usb-device',
    interfaces: ['hotplug-handler'],
    properties: [uint8('debug', 0)],
    create: type => new SmartCardReader(type),
    class: {
      description: 'CCID Rev 1.1 smartcard reader',
      category: 'input',
      usb: { product: 'QEMU USB CCID', speeds: FULL },
    },
  },
  {
    name: 'ccid-card',
    parent: 'device',
    abstract: true,
    properties: [cardSlot],
    class: { busType: 'ccid-bus' },
  },
  {
    name: 'ccid-card-passthru',
    module: 'hw-usb-smartcard',
    parent: 'ccid-card',
    properties: [chardev, uint8('debug', 0)],
    create: type => new SmartCard(type),
    class: { description: 'passthrough smartcard', category: 'input' },
  },
];
