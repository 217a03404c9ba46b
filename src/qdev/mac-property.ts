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

/** Gives an adapter that is being realized its address for as long as it exists. */
export function claimMac(device: Device): void {
  const pool = device.system.macs;
  if (device.value(mac) === UNSET) device.setValue(mac, pool.next());
  const address = device.value(mac);
  pool.use(address);
  device.onFinalize(() => pool.free(address));
}
