/** Models that are a version of another under a name of their own; others are their first version. */
const VERSIONS: Readonly<Record<string, string>> = {
  'Broadwell-IBRS': 'Broadwell-v3',
  'Broadwell-noTSX': 'Broadwell-v2',
  'Broadwell-noTSX-IBRS': 'Broadwell-v4',
  'Cascadelake-Server-noTSX': 'Cascadelake-Server-v3',
  'EPYC-IBPB': 'EPYC-v2',
  'Haswell-IBRS': 'Haswell-v3',
  'Haswell-noTSX': 'Haswell-v2',
  'Haswell-noTSX-IBRS': 'Haswell-v4',
  'Icelake-Server-noTSX': 'Icelake-Server-v2',
  'IvyBridge-IBRS': 'IvyBridge-v2',
  'Nehalem-IBRS': 'Nehalem-v2',
  'SandyBridge-IBRS': 'SandyBridge-v2',
  'Skylake-Client-IBRS': 'Skylake-Client-v2',
  'Skylake-Client-noTSX-IBRS': 'Skylake-Client-v3',
  'Skylake-Server-IBRS': 'Skylake-Server-v2',
  'Skylake-Server-noTSX-IBRS': 'Skylake-Server-v3',
  'Westmere-IBRS': 'Westmere-v2',
};

/** What TCG lacks of each version, in QEMU's order; it has all that the others want. */
const MISSING: readonly (readonly [versions: string, features: string])[] = [
  ['Broadwell-v1', 'pcid x2apic tsc-deadline hle invpcid rtm rdseed 3dnowprefetch'],
  ['Broadwell-v2', 'pcid x2apic tsc-deadline invpcid rdseed 3dnowprefetch'],
  ['Broadwell-v3', 'pcid x2apic tsc-deadline hle invpcid rtm rdseed spec-ctrl 3dnowprefetch'],
  ['Broadwell-v4', 'pcid x2apic tsc-deadline invpcid rdseed spec-ctrl 3dnowprefetch'],
  [
    'Cascadelake-Server-v1',
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl ssbd 3dnowprefetch xsavec',
  ],
  [
    'Cascadelake-Server-v2',
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl arch-capabilities ssbd 3dnowprefetch xsavec rdctl-no ibrs-all skip-l1dfl-vmentry mds-no',
  ],
  [
    'Cascadelake-Server-v3 Cascadelake-Server-v4',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl arch-capabilities ssbd 3dnowprefetch xsavec rdctl-no ibrs-all skip-l1dfl-vmentry mds-no',
  ],
  [
    'Cascadelake-Server-v5',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl arch-capabilities ssbd 3dnowprefetch xsavec xsaves rdctl-no ibrs-all skip-l1dfl-vmentry mds-no',
  ],
  [
    'Cooperlake-v1',
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl stibp arch-capabilities ssbd avx512-bf16 3dnowprefetch xsavec rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no taa-no',
  ],
  [
    'Cooperlake-v2',
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vnni spec-ctrl stibp arch-capabilities ssbd avx512-bf16 3dnowprefetch xsavec xsaves rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no taa-no',
  ],
  [
    'Denverton-v1 Denverton-v2',
    'x2apic tsc-deadline rdseed sha-ni spec-ctrl arch-capabilities ssbd 3dnowprefetch xsavec rdctl-no skip-l1dfl-vmentry',
  ],
  [
    'Denverton-v3',
    'x2apic tsc-deadline rdseed sha-ni spec-ctrl arch-capabilities ssbd 3dnowprefetch xsavec xsaves rdctl-no skip-l1dfl-vmentry',
  ],
  ['Dhyana-v1', 'rdseed fxsr-opt misalignsse 3dnowprefetch osvw topoext ibpb nrip-save xsavec'],
  ['Dhyana-v2', 'rdseed fxsr-opt misalignsse 3dnowprefetch osvw topoext ibpb nrip-save xsavec xsaves'],
  [
    'EPYC-Milan-v1',
    'pcid invpcid rdseed sha-ni rdpid fsrm fxsr-opt misalignsse 3dnowprefetch osvw topoext perfctr-core clzero xsaveerptr wbnoinvd ibpb ibrs amd-stibp amd-ssbd nrip-save xsavec xsaves',
  ],
  [
    'EPYC-Rome-v1',
    'rdseed sha-ni rdpid fxsr-opt misalignsse 3dnowprefetch osvw topoext perfctr-core clzero xsaveerptr wbnoinvd ibpb amd-stibp nrip-save xsavec xsaves',
  ],
  [
    'EPYC-Rome-v2',
    'rdseed sha-ni rdpid fxsr-opt misalignsse 3dnowprefetch osvw topoext perfctr-core clzero xsaveerptr wbnoinvd ibpb ibrs amd-stibp amd-ssbd nrip-save xsavec xsaves',
  ],
  ['EPYC-v1', 'rdseed sha-ni fxsr-opt misalignsse 3dnowprefetch osvw topoext nrip-save xsavec'],
  ['EPYC-v2', 'rdseed sha-ni fxsr-opt misalignsse 3dnowprefetch osvw topoext ibpb nrip-save xsavec'],
  [
    'EPYC-v3',
    'rdseed sha-ni fxsr-opt misalignsse 3dnowprefetch osvw topoext perfctr-core clzero xsaveerptr ibpb nrip-save xsavec xsaves',
  ],
  ['Haswell-v1', 'pcid x2apic tsc-deadline hle invpcid rtm'],
  ['Haswell-v2', 'pcid x2apic tsc-deadline invpcid'],
  ['Haswell-v3', 'pcid x2apic tsc-deadline hle invpcid rtm spec-ctrl'],
  ['Haswell-v4', 'pcid x2apic tsc-deadline invpcid spec-ctrl'],
  [
    'Icelake-Server-v1',
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vbmi avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq spec-ctrl ssbd 3dnowprefetch wbnoinvd xsavec',
  ],
  [
    'Icelake-Server-v2',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vbmi avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq spec-ctrl ssbd 3dnowprefetch wbnoinvd xsavec',
  ],
  [
    'Icelake-Server-v3',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl avx512vbmi avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq spec-ctrl arch-capabilities ssbd 3dnowprefetch wbnoinvd xsavec rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no taa-no',
  ],
  [
    'Icelake-Server-v4',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512ifma avx512cd sha-ni avx512bw avx512vl avx512vbmi avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq rdpid fsrm spec-ctrl arch-capabilities ssbd 3dnowprefetch wbnoinvd xsavec rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no taa-no',
  ],
  [
    'Icelake-Server-v5 Icelake-Server-v6',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512ifma avx512cd sha-ni avx512bw avx512vl avx512vbmi avx512vbmi2 gfni vpclmulqdq avx512vnni avx512bitalg avx512-vpopcntdq rdpid fsrm spec-ctrl arch-capabilities ssbd 3dnowprefetch wbnoinvd xsavec xsaves rdctl-no ibrs-all skip-l1dfl-vmentry mds-no pschange-mc-no taa-no',
  ],
  ['IvyBridge-v1 SandyBridge-v1', 'x2apic tsc-deadline'],
  ['IvyBridge-v2 SandyBridge-v2', 'x2apic tsc-deadline spec-ctrl'],
  [
    'KnightsMill-v1',
    'x2apic tsc-deadline avx512f rdseed avx512pf avx512er avx512cd avx512-vpopcntdq avx512-4vnniw avx512-4fmaps 3dnowprefetch',
  ],
  ['Nehalem-v2 Westmere-v2', 'spec-ctrl'],
  ['Opteron_G3-v1', 'misalignsse'],
  ['Opteron_G4-v1', 'misalignsse 3dnowprefetch xop fma4 nrip-save'],
  ['Opteron_G5-v1', 'misalignsse 3dnowprefetch xop fma4 tbm nrip-save'],
  ['Skylake-Client-v1', 'pcid x2apic tsc-deadline hle invpcid rtm rdseed 3dnowprefetch xsavec'],
  ['Skylake-Client-v2', 'pcid x2apic tsc-deadline hle invpcid rtm rdseed spec-ctrl 3dnowprefetch xsavec'],
  ['Skylake-Client-v3', 'pcid x2apic tsc-deadline invpcid rdseed spec-ctrl 3dnowprefetch xsavec'],
  ['Skylake-Client-v4', 'pcid x2apic tsc-deadline invpcid rdseed spec-ctrl 3dnowprefetch xsavec xsaves'],
  [
    'Skylake-Server-v1',
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl 3dnowprefetch xsavec',
  ],
  [
    'Skylake-Server-v2',
    'pcid x2apic tsc-deadline hle invpcid rtm avx512f avx512dq rdseed avx512cd avx512bw avx512vl spec-ctrl 3dnowprefetch xsavec',
  ],
  [
    'Skylake-Server-v3 Skylake-Server-v4',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl spec-ctrl 3dnowprefetch xsavec',
  ],
  [
    'Skylake-Server-v5',
    'pcid x2apic tsc-deadline invpcid avx512f avx512dq rdseed avx512cd avx512bw avx512vl spec-ctrl 3dnowprefetch xsavec xsaves',
  ],
  [
    'Snowridge-v1 Snowridge-v2',
    'x2apic tsc-deadline rdseed sha-ni gfni cldemote movdiri movdir64b spec-ctrl arch-capabilities core-capability ssbd 3dnowprefetch xsavec split-lock-detect',
  ],
  [
    'Snowridge-v3',
    'x2apic tsc-deadline rdseed sha-ni gfni cldemote movdiri movdir64b spec-ctrl arch-capabilities core-capability ssbd 3dnowprefetch xsavec xsaves split-lock-detect',
  ],
  [
    'Snowridge-v4',
    'x2apic tsc-deadline rdseed sha-ni gfni cldemote movdiri movdir64b spec-ctrl arch-capabilities ssbd 3dnowprefetch xsavec xsaves',
  ],
  ['host', 'kvm'],
  ['phenom-v1', 'fxsr-opt'],
];

const MISSING_OF: ReadonlyMap<string, readonly string[]> = new Map(
  MISSING.flatMap(([versions, features]) =>
    versions.split(' ').map(version => [version, features.split(' ')] as const),
  ),
);

/** Models that are made of what there is, and of nothing. */
export const OTHERS = ['max', 'host', 'base'];

/** Which version a model is under another name; undefined for one that is not. */
export function versionOf(model: string): string | undefined {
  if (/-v\d+$/.test(model) || OTHERS.includes(model)) return undefined;
  return VERSIONS[model] ?? `${model}-v1`;
}

/** What a model wants that TCG cannot do, in QEMU's order. */
export function missingFeatures(model: string): readonly string[] {
  return MISSING_OF.get(versionOf(model) ?? model) ?? [];
}
