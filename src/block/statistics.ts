import type { BlockDeviceStats, BlockStats } from '../generated/types.ts';
import type { BlockGraph } from './graph.ts';
import type { BlockNode } from './node.ts';

/** As `query-blockstats` shows them: of nodes, the oldest first, or of drives as `query-block` has them. */
export function blockStatistics(graph: BlockGraph, ofNodes: boolean): readonly BlockStats[] {
  if (ofNodes) {
    return [...graph.nodes].map(node => ({
      'node-name': node.name,
      stats: NODE_STATISTICS,
      ...belowOf(node),
    }));
  }
  return graph.describeDrives().map(({ device, qdev, inserted }) => ({
    device,
    ...(qdev === undefined ? {} : { qdev }),
    ...(inserted?.['node-name'] === undefined ? {} : { 'node-name': inserted['node-name'] }),
    stats: NOTHING_DONE,
    ...belowOf(graph.node(inserted?.['node-name'] ?? '')),
  }));
}

/** The node below, and what its driver counts. */
function belowOf(node: BlockNode | undefined): Partial<BlockStats> {
  if (node === undefined) return {};
  const [child] = node.children;
  return {
    ...(node.facts.driver === 'file' ? { 'driver-specific': FILE_STATISTICS } : {}),
    ...(child === undefined
      ? {}
      : { parent: { 'node-name': child.name, stats: NODE_STATISTICS, ...belowOf(child) } }),
  };
}

const FILE_STATISTICS = {
  driver: 'file',
  'discard-nb-ok': 0,
  'discard-nb-failed': 0,
  'discard-bytes-ok': 0,
} as const;

/** Nobody ever reads or writes. */
const NOTHING_DONE: BlockDeviceStats = {
  rd_bytes: 0,
  wr_bytes: 0,
  unmap_bytes: 0,
  rd_operations: 0,
  wr_operations: 0,
  flush_operations: 0,
  unmap_operations: 0,
  rd_total_time_ns: 0,
  wr_total_time_ns: 0,
  flush_total_time_ns: 0,
  unmap_total_time_ns: 0,
  wr_highest_offset: 0,
  rd_merged: 0,
  wr_merged: 0,
  unmap_merged: 0,
  failed_rd_operations: 0,
  failed_wr_operations: 0,
  failed_flush_operations: 0,
  failed_unmap_operations: 0,
  invalid_rd_operations: 0,
  invalid_wr_operations: 0,
  invalid_flush_operations: 0,
  invalid_unmap_operations: 0,
  account_invalid: true,
  account_failed: true,
  timed_stats: [],
};

const NODE_STATISTICS: BlockDeviceStats = { ...NOTHING_DONE, account_invalid: false, account_failed: false };
