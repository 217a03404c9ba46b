import { fileStatus } from '../base/file-status.ts';

/** Images that come with QEMU. */
const BUNDLED: ReadonlySet<string> = new Set(['slof.bin', 'vof.bin', 'vof-nvram.bin', 'skiboot.lid']);

/** Whether there is an image of this name, in QEMU's own folder or elsewhere: none is ever run. */
export function isFirmwareFile(name: string): boolean {
  return BUNDLED.has(name) || fileStatus(name)?.isFile() === true;
}
