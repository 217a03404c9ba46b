import type { VersionInfo } from '../generated/types.ts';
import { VERSION as OWN_VERSION } from '../generated/version.ts';

/** The QEMU whose behaviour this is, with our own name as the package. */
export const QEMU_VERSION: VersionInfo = {
  qemu: { major: 7, minor: 2, micro: 22 },
  package: `qmpsim ${OWN_VERSION}`,
};
