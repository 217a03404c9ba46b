import { blockStatistics } from '../block/statistics.ts';
import type { CommandHandlers } from './context.ts';

export const blockCoreCommands: CommandHandlers<
  | 'query-block'
  | 'query-blockstats'
  | 'query-block-jobs'
  | 'query-named-block-nodes'
  | 'blockdev-add'
  | 'blockdev-del'
> = {
  'query-block': ({ machine }) => machine.blocks.describeDrives(),
  'query-blockstats': ({ machine }, { 'query-nodes': ofNodes = false }) =>
    blockStatistics(machine.blocks, ofNodes),
  // Nothing that takes long is ever done.
  'query-block-jobs': () => [],
  // There are no backing files, so a flat list is the same.
  'query-named-block-nodes': ({ machine }) => machine.blocks.describeNodes(),
  'blockdev-add': ({ machine }, options) => machine.blocks.addNode(options),
  'blockdev-del': ({ machine }, { 'node-name': name }) => machine.blocks.removeNode(name),
};
