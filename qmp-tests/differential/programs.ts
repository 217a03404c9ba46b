import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** The original, if it is installed. */
export const QEMU = 'qemu-system-ppc64';

export function isQemuInstalled(program = QEMU): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Our executable, built anew if the sources are newer. */
export function ourProgram(name = 'qmpsim-system-ppc64'): string {
  const program = join(ROOT, 'dist', name);
  if (!existsSync(program) || newest(join(ROOT, 'src')) > statSync(program).mtimeMs) {
    for (const script of ['generate.ts', 'bundle.ts']) {
      execFileSync(process.execPath, ['--import', 'tsx', join(ROOT, 'src/build', script)], { cwd: ROOT });
    }
  }
  return program;
}

/** Time of the newest change below a folder, what is generated left out. */
function newest(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    if (entry.name === 'generated') return latest;
    const path = join(folder, entry.name);
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }, 0);
}
