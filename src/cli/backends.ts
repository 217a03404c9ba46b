import type { BlockdevOptions } from '../generated/types.ts';
import type { BoardTraits } from '../machine/board.ts';
import type { Machine } from '../machine/machine.ts';
import { TextArguments } from '../qmp/text-arguments.ts';
import { checkedBlockdev, netdevOptions } from './checked-options.ts';
import type { BlockdevRequest, Configuration, DeviceRequest, NetdevRequest } from './configuration.ts';
import { addDefaultDrives, addDrive } from './drives.ts';
import { addNet, addNic } from './nics.ts';
import { atLocation } from './report-errors.ts';

/**
 * Adds what the command line says about block nodes, drives and networks, in QEMU's order, and what the board has by
 * default.
 * @param say prints lines as they are
 * @returns devices that come about with drives
 * @throws CliError
 */
export async function addBackends(
  machine: Machine,
  configuration: Configuration,
  board: BoardTraits,
  say: (lines: string) => void,
): Promise<readonly DeviceRequest[]> {
  const { blockdevs, drives, netdevs, nics, nets } = configuration;
  const { introspection } = await import('../generated/introspection.ts');
  const reader = new TextArguments(introspection);
  for (const request of blockdevs)
    atLocation(request.location, () => machine.blocks.addNode(blockdevOptions(reader, request)));
  const devices = drives.flatMap(request =>
    atLocation(request.location, () => addDrive({ machine, reader, board, say }, request)),
  );
  addDefaultDrives(machine, configuration.defaultParts, board);
  for (const request of netdevs) atLocation(request.location, () => addNetdev(machine, reader, request));
  for (const request of nics) atLocation(request.location, () => addNic(machine, reader, request));
  for (const request of nets) atLocation(request.location, () => addNet(machine, reader, request));
  return devices;
}

function blockdevOptions(reader: TextArguments, request: BlockdevRequest): BlockdevOptions {
  const options = request.form === 'json' ? request.value : reader.read('blockdev-add', request.value);
  return checkedBlockdev(options);
}

function addNetdev({ network }: Machine, reader: TextArguments, request: NetdevRequest): void {
  const { name } = network.add(netdevOptions(reader, request));
  if (request.form === 'options') network.optionIds.add(name);
}
