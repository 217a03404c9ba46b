import type { VersionInfo } from '../generated/types.ts';
import { VERSION as OWN_VERSION } from '../generated/version.ts';

/** The QEMU whose behaviour this is, with our own name as the package. */
export const QEMU_VERSION: VersionInfo = {
  qemu: { micro: 22, minor: 2, major: 7 },
  package: `qmpsim ${OWN_VERSION}`,
};
