import { pciInfo } from '../pci/query.ts';
import type { CommandHandlers } from './context.ts';

export const pciCommands: CommandHandlers<'query-pci'> = {
  'query-pci': ({ machine }) => machine.pciRoots.map(pciInfo),
};
