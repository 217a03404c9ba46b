import { basename, dirname, join } from 'node:path';
import type { GetManualChunk, ManualChunkMeta } from 'rollup';

/** Rooms of machines, of which each process has one. */
const MACHINE_ROOMS: readonly string[] = ['spapr', 'pc'];

/** Other rooms whose modules are loaded together, by the folders in `src/`. */
const ROOMS: Readonly<Record<string, string>> = {
  hmp: 'hmp',
  machine: 'devices',
  pci: 'devices',
  scsi: 'devices',
  ide: 'isa',
  isa: 'isa',
  nvme: 'devices',
  usb: 'devices',
};

/** Modules from which a program begins. */
export interface Beginnings {
  /** Until its sockets are open. */
  readonly start: readonly string[];
  /** Then, whatever the machine. */
  readonly machine: readonly string[];
}

/**
 * Says in which file a module goes: what is needed until sockets are open into `main.js`, what any machine needs
 * into `core.js`, what one kind of machine needs into one of its own; of the rest, what belongs together into one
 * file, and what is imported late into one of its own.
 */
export function chunkPlan({ start, machine }: Beginnings): GetManualChunk {
  const closures = new Map<string, ReadonlySet<string>>();
  /** A group of modules with all that they import. */
  const closure = (group: string, modules: readonly string[], meta: ManualChunkMeta) => {
    const found = closures.get(group) ?? imports(modules, meta);
    closures.set(group, found);
    return found;
  };
  return (id, meta) => {
    if (closure('start', start, meta).has(id)) return 'main';
    // A room may have rooms in it.
    const folders = [dirname(id), dirname(dirname(id))];
    const ofMachine = folders.find(folder => MACHINE_ROOMS.includes(basename(folder)));
    if (ofMachine !== undefined) {
      const room = basename(ofMachine);
      // What a machine is made of, as opposed to what users may add to it.
      return closure(room, [join(ofMachine, 'family.ts')], meta).has(id) ? room : `${room}-devices`;
    }
    if (closure('machine', machine, meta).has(id)) return 'core';
    return folders.map(folder => ROOMS[basename(folder)]).find(chunk => chunk !== undefined);
  };
}

/** Some modules, and all that they import before they run. */
function imports(modules: readonly string[], { getModuleInfo }: ManualChunkMeta): ReadonlySet<string> {
  const found = new Set(modules);
  for (const id of found) for (const imported of getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}
