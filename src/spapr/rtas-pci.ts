import type { PciDevice } from '../pci/device.ts';
import { RTAS_HARDWARE_ERROR, RTAS_SUCCESS } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';
import type { RtasCall, RtasCalls } from './rtas-call.ts';

const CONFIG_SIZE = 256;
const HARDWARE_ERROR: readonly number[] = [RTAS_HARDWARE_ERROR];

/** The calls that name no host bridge are from times when there was only one. */
const withoutBridge = (count: number, returns: number): RtasCall => ({
  arguments: count,
  returns: [returns],
  otherCounts: RTAS_HARDWARE_ERROR,
  handle: () => HARDWARE_ERROR,
});

/** Configuration registers (PAPR 2.7, 7.3.7). */
export const PCI_CALLS: RtasCalls = {
  'ibm,read-pci-config': {
    arguments: 4,
    returns: [2],
    otherCounts: RTAS_HARDWARE_ERROR,
    handle: (machine, [address = 0, high = 0, low = 0, size = 0]) => {
      const found = registerAt(machine, (BigInt(high) << 32n) | BigInt(low), address, size);
      return found === undefined
        ? HARDWARE_ERROR
        : [RTAS_SUCCESS, found.device.config.read(found.offset, size)];
    },
  },
  'ibm,write-pci-config': {
    arguments: 5,
    returns: [1],
    otherCounts: RTAS_HARDWARE_ERROR,
    handle: (machine, [address = 0, high = 0, low = 0, size = 0, value = 0]) => {
      const found = registerAt(machine, (BigInt(high) << 32n) | BigInt(low), address, size);
      if (found === undefined) return HARDWARE_ERROR;
      found.device.writeConfig(found.offset, size, value);
      return [RTAS_SUCCESS];
    },
  },
  'read-pci-config': withoutBridge(2, 2),
  'write-pci-config': withoutBridge(3, 1),
};

/** A naturally aligned register of 1, 2 or 4 bytes; undefined where there is none. */
function registerAt(
  machine: SpaprMachine,
  buid: bigint,
  address: number,
  size: number,
): { readonly device: PciDevice; readonly offset: number } | undefined {
  const offset = ((address >>> 20) & 0xf00) | (address & 0xff);
  if (![1, 2, 4].includes(size) || offset % size !== 0 || offset >= CONFIG_SIZE) return undefined;
  const device = machine.phbByBuid(buid)?.functionAt((address >>> 16) & 0xff, (address >>> 8) & 0xff);
  return device === undefined ? undefined : { device, offset };
}
