import type { HmpCommand } from '../command.ts';
import { infoTraceEvents } from '../commands/traces.ts';
import { BACKEND_INFO } from './backends.ts';
import { BLOCK_INFO } from './block.ts';
import { MACHINE_INFO } from './machine.ts';
import { MEMORY_INFO } from './memory.ts';
import { MIGRATION_INFO } from './migration.ts';
import { infoMtree } from './mtree.ts';
import { infoNetwork } from './network.ts';
import { infoPci } from './pci.ts';
import { infoQomTree } from './qom-tree.ts';
import { infoQtree } from './qtree.ts';
import { PAGES_IN_WORDS } from './words.ts';

/** Everything that `info` shows, by name. */
export const INFO_COMMANDS: readonly HmpCommand[] = [
  ...MACHINE_INFO,
  ...MEMORY_INFO,
  ...BACKEND_INFO,
  ...BLOCK_INFO,
  ...MIGRATION_INFO,
  ...PAGES_IN_WORDS,
  infoMtree,
  infoNetwork,
  infoPci,
  infoQomTree,
  infoQtree,
  infoTraceEvents,
].sort((a, b) => (a.name < b.name ? -1 : 1));
