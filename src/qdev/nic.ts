import { netdev } from './backend-properties.ts';
import { bootindex } from './bootindex.ts';
import type { Device } from './device.ts';
import { mac, settleMac } from './mac-property.ts';
import { Nic } from './net-client.ts';

/** What every network adapter has. */
export const NIC_PROPERTIES = [mac, netdev, bootindex] as const;

/**
 * Connects an adapter that is being realized to the network, with an address of its own.
 * @param owner the device that the user knows, where the adapter is only a part of it
 */
export function connectNic(device: Device, owner: Device = device, hasRxFilter = false): Nic {
  settleMac(device);
  const { netClients, macs } = device.system;
  const model = owner.type.name;
  const name = owner.id ?? netClients.automaticName(model);
  const nic = new Nic(name, model, owner, device.value(mac), hasRxFilter);
  macs.use(nic.macAddress);
  const peer = device.value(netdev);
  if (peer !== undefined) nic.connect(peer);
  netClients.add(nic);
  return nic;
}

/** Takes an adapter out of the network: its address and its backend are free for others. */
export function disconnectNic(nic: Nic | undefined): void {
  if (nic === undefined) return;
  const { netClients, macs } = nic.device.system;
  netClients.remove(nic);
  macs.free(nic.macAddress);
  if (nic.peer !== undefined) nic.peer.peer = undefined;
}
