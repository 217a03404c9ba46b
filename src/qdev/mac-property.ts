import type { Device } from './device.ts';
import { badValue, QdevProperty } from './properties.ts';

const UNSET = '00:00:00:00:00:00';

/** An Ethernet address, `52:54:00:12:34:56` (dashes are allowed too). */
export const mac = new QdevProperty<string>({
  name: 'mac',
  type: 'str',
  description: 'Ethernet 6-byte MAC Address, example: 52:54:00:12:34:56',
  initial: UNSET,
  parse: (visitor, device) => {
    const text = visitor.string('mac');
    if (!/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(text)) throw badValue(device, 'mac', text);
    return text.toLowerCase().replaceAll('-', ':');
  },
  print: value => value,
});

/** Gives an adapter that is being realized an address, if the user did not. */
export function settleMac(device: Device): void {
  if (device.value(mac) === UNSET) device.setValue(mac, device.system.macs.next());
}
