import { netdev } from './backend-properties.ts';
import { bootindex } from './bootindex.ts';
import type { Device } from './device.ts';
import { claimMac, mac } from './mac-property.ts';
import type { Nic } from './nics.ts';

/** What every network adapter has. */
export const NIC_PROPERTIES = [mac, netdev, bootindex] as const;

/**
 * Connects an adapter that is being realized to the network, with an address of its own, until it is unrealized.
 * @param owner the device that the user knows, where the adapter is only a part of it
 */
export function connectNic(device: Device, owner: Device = device, hasRxFilter = false): Nic {
  claimMac(device);
  const { nics } = device.system;
  const nic: Nic = {
    name: owner.id ?? nics.automaticName(owner.type.name),
    model: owner.type.name,
    device: owner,
    macAddress: device.value(mac),
    netdev: device.value(netdev),
    hasRxFilter,
    linkDown: false,
  };
  nics.add(nic);
  return nic;
}
