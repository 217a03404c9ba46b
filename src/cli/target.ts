import { basename } from 'node:path';

/** The emulated architectures, by QEMU's target names. */
export type Target = 'ppc64' | 'x86_64';

/** What the name a program was called by says about it. */
export interface ProgramIdentity {
  /** The name without directories; begins every message on stderr. */
  readonly name: string;
  readonly target: Target;
  /**
   * Accelerators tried in this order where the command line names none. Under its own name the program
   * behaves like a machine with KVM; under an emulator's name (`qmpsim-system-ppc64`) like QEMU, which uses TCG.
   */
  readonly defaultAccelerators: readonly string[];
}

/**
 * Reads the program's path as it was called, so that links under any name choose the target: names with
 * `x86_64` or `i386` in them are x86, everything else is ppc64.
 */
export function identifyProgram(path: string): ProgramIdentity {
  const name = basename(path);
  return {
    name,
    target: /x86_64|i386/.test(name) ? 'x86_64' : 'ppc64',
    defaultAccelerators: /^qmpsim(\.[cm]?js)?$/.test(name) ? ['kvm', 'tcg'] : ['tcg'],
  };
}
