import { QmpError } from '../base/errors.ts';
import { Device } from '../qdev/device.ts';
import { badValue, bit, QdevProperty, str, uint32 } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import { INT32 } from '../qom/visitor.ts';
import { formatDevfn, parseDevfn } from './devfn.ts';

/** Slot and function as a devfn, or -1 for the next free slot. */
export const addr = new QdevProperty<number>({
  name: 'addr',
  type: 'int32',
  description: 'Slot and optional function number, example: 06.0 or 06',
  initial: -1,
  defaultValue: -1,
  parse: (visitor, device) => {
    let text: string;
    try {
      text = visitor.string('addr');
    } catch {
      const value = Number(visitor.integer('addr', INT32));
      if (value < -1 || value > 255)
        throw new QmpError("Invalid parameter value for 'addr', expected: a value between -1 and 255");
      return value;
    }
    const devfn = parseDevfn(text);
    if (devfn === undefined) throw badValue(device, 'addr', text);
    return devfn;
  },
  print: value => value,
});

export const ROM_SIZE_UNSET = 0xffffffff;

export const romfile = str('romfile');
export const romsize = uint32('romsize', ROM_SIZE_UNSET);
export const rombar = uint32('rombar', 1);
export const multifunction = bit('multifunction', false);
export const failoverPairId = str('failover_pair_id');
export const acpiIndex = uint32('acpi-index', 0);

/** `addr` once more as text, for display only: not in `device-list-properties`. */
const legacyAddr: Property = {
  name: 'legacy-addr',
  type: 'str',
  get: object =>
    object instanceof Device && object.value(addr) >= 0 ? formatDevfn(object.value(addr)) : '<unset>',
};

/** What every PCI device has. */
export const PCI_PROPERTIES: readonly Property[] = [
  addr,
  romfile,
  romsize,
  rombar,
  multifunction,
  bit('x-pcie-lnksta-dllla', true),
  bit('x-pcie-extcap-init', true),
  failoverPairId,
  acpiIndex,
  legacyAddr,
];
