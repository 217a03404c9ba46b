import type { CpuDefinitionInfo } from '../generated/types.ts';
import type { Machine } from '../machine/machine.ts';
import { cpuType } from './cpu.ts';
import { missingFeatures } from './cpu-flags.ts';
import { CPU_MODELS } from './cpu-models.ts';
import { OTHERS, versionOf } from './cpu-versions.ts';

const OF_THE_HOST: readonly string[] = ['max', 'host'];

/** All models in QEMU's order. A host with KVM is taken to have all that they want. */
export function x86CpuDefinitions({ type, accelerator }: Machine): readonly CpuDefinitionInfo[] {
  const versioned = CPU_MODELS.filter(name => !OTHERS.includes(name)).sort();
  return [...OTHERS, ...versioned.reverse()].map((name): CpuDefinitionInfo => {
    const version = versionOf(name);
    const missing = accelerator === 'kvm' ? [] : name === 'host' ? ['kvm'] : missingFeatures(name);
    return {
      name,
      typename: cpuType(name),
      'unavailable-features': missing,
      'migration-safe': !OF_THE_HOST.includes(name),
      static: name === 'base',
      deprecated: false,
      ...(version !== undefined && type.class.pc?.namesVersions === true ? { 'alias-of': version } : {}),
    };
  });
}
