import { QmpError } from '../base/errors.ts';
import { audiodev, chardev, settleAudio } from '../qdev/backend-properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import type { Nic } from '../qdev/net-client.ts';
import { connectNic, disconnectNic, NIC_PROPERTIES } from '../qdev/nic.ts';
import { bit, bool, str, uint8, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { UsbPort } from './bus.ts';
import { UsbDevice } from './device.ts';

const MAX_HUB_PORTS = 8;
const MAX_ADDRESS = 127;

const portCount = uint32('ports', MAX_HUB_PORTS);

/** A full-speed hub (USB 2.0, chapter 11). */
class UsbHub extends UsbDevice {
  #ports: UsbPort[] = [];

  protected override onUsbRealize(): void {
    const count = this.value(portCount);
    if (count < 1 || count > MAX_HUB_PORTS)
      throw new QmpError(`num_ports (${count}) out of range (1..${MAX_HUB_PORTS})`);
    const path = this.port?.path ?? '';
    this.#ports = Array.from({ length: count }, (_, n) => new UsbPort(`${path}.${n + 1}`, ['low', 'full']));
    this.usbBus.addPorts(this.#ports);
  }

  /** What is still plugged into a hub goes with it, and before it. */
  protected override onLeaving(): void {
    for (const port of this.#ports) port.device?.remove();
    super.onLeaving();
  }

  protected override onUsbUnrealize(): void {
    this.usbBus.removePorts(this.#ports);
    this.#ports = [];
  }
}

class UsbNet extends UsbDevice {
  #nic: Nic | undefined;

  protected override onUsbRealize(): void {
    this.#nic = connectNic(this);
  }

  protected override onUsbUnrealize(): void {
    disconnectNic(this.#nic);
  }
}

class UsbAudio extends UsbDevice {
  protected override onUsbRealize(): void {
    settleAudio(this);
  }
}

const hostBus = uint32('hostbus', 0);
const hostAddress = uint32('hostaddr', 0);
const hostDevice = str('hostdevice');

/** A device of the host. This host has none, so what is asked for by number is never found. */
class UsbHostDevice extends UsbDevice {
  protected override onUsbRealize(): void {
    const node = this.value(hostDevice);
    const address = this.value(hostAddress);
    if (address > MAX_ADDRESS) throw new QmpError('hostaddr out of range');
    if (node !== undefined) throw new QmpError(`failed to open ${node}: No such file or directory`);
    if (address !== 0 && this.value(hostBus) !== 0)
      throw new QmpError(`failed to find host usb device ${this.value(hostBus)}:${address}`);
  }
}

/** A device of another host, over a character device. */
class UsbRedirection extends UsbDevice {
  protected override onUsbRealize(): void {
    if (this.value(chardev) === undefined) throw new QmpError("Parameter 'chardev' is missing");
  }

  /** Its connection ends with it. */
  protected override onUsbUnrealize(): void {
    const id = this.value(chardev);
    if (id !== undefined) this.system.backends.chardevs?.discard(id);
  }
}

export const OTHER_USB_TYPES: readonly TypeInfo[] = [
  {
    name: 'usb-hub',
    parent: 'usb-device',
    properties: [portCount, bool('port-power', false)],
    create: type => new UsbHub(type),
    class: { category: 'bridge', usb: { product: 'QEMU USB Hub', speeds: ['full'] } },
  },
  {
    name: 'usb-net',
    parent: 'usb-device',
    properties: NIC_PROPERTIES,
    create: type => new UsbNet(type),
    class: {
      category: 'network',
      unsavedState: 'usb-net',
      usb: { product: 'QEMU USB Network Interface', speeds: ['full'] },
    },
  },
  {
    name: 'usb-audio',
    parent: 'usb-device',
    properties: [audiodev, uint32('debug', 0), uint32('buffer', 0), bool('multi', false)],
    create: type => new UsbAudio(type),
    class: {
      category: 'sound',
      unsavedState: 'usb-audio',
      usb: { product: 'QEMU USB Audio Interface', speeds: ['full'] },
    },
  },
  {
    name: 'usb-host',
    module: 'hw-usb-host',
    parent: 'usb-device',
    properties: [
      hostBus,
      hostAddress,
      str('hostport'),
      uint32('vendorid', 0),
      uint32('productid', 0),
      hostDevice,
      uint32('isobufs', 4),
      uint32('isobsize', 32),
      bool('guest-reset', true),
      bool('guest-resets-all', false),
      uint32('loglevel', 2),
      bit('pipeline', true),
      bool('suppress-remote-wake', true),
      bootindex,
    ],
    create: type => new UsbHostDevice(type),
    class: { category: 'bridge', usb: { product: 'USB Host Device', speeds: [], detached: 'by-itself' } },
  },
  {
    name: 'usb-redir',
    module: 'hw-usb-redirect',
    parent: 'usb-device',
    properties: [
      chardev,
      uint8('debug', 2),
      str('filter'),
      bool('streams', true),
      bool('suppress-remote-wake', true),
      bootindex,
    ],
    create: type => new UsbRedirection(type),
    class: {
      category: 'misc',
      usb: { product: 'USB Redirection Device', speeds: [], detached: 'by-itself' },
    },
  },
];
