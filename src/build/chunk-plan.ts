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
  ide: 'ide',
  nvme: 'devices',
  usb: 'devices',
};

/**
 * Says in which file a module goes: what each start needs into `main.js`, but for what belongs to one kind of
 * machine; of the rest, what belongs together into one file, and what is imported late into one of its own.
 * @param start the modules that a usual start needs
 */
export function chunkPlan(start: readonly string[]): GetManualChunk {
  let needed: ReadonlySet<string> | undefined;
  const families = new Map<string, ReadonlySet<string>>();
  /** What a machine is made of, as opposed to what users may add to it. */
  const partsOf = (folder: string, meta: ManualChunkMeta) => {
    const parts = families.get(folder) ?? imports([join(folder, 'family.ts')], meta);
    families.set(folder, parts);
    return parts;
  };
  return (id, meta) => {
    const folder = dirname(id);
    const room = basename(folder);
    if (MACHINE_ROOMS.includes(room)) return partsOf(folder, meta).has(id) ? room : `${room}-devices`;
    needed ??= imports(start, meta);
    return needed.has(id) ? 'main' : (ROOMS[room] ?? ROOMS[basename(dirname(dirname(id)))]);
  };
}

/** Some modules, and all that they import before they run. */
function imports(modules: readonly string[], { getModuleInfo }: ManualChunkMeta): ReadonlySet<string> {
  const found = new Set(modules);
  for (const id of found) for (const imported of getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}
