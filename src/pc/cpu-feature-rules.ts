import { CPU_FEATURES } from './cpu-features.ts';

/** Second names of features, by the first. What only differs in underscores is not listed. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ffxsr: 'fxsr-opt',
  i64: 'lm',
  pclmuldq: 'pclmulqdq',
  sse3: 'pni',
  'sse4-1': 'sse4.1',
  sse4_1: 'sse4.1',
  'sse4-2': 'sse4.2',
  sse4_2: 'sse4.2',
  xd: 'nx',
};

/** The first name of a feature. */
export function firstName(name: string): string {
  return OTHER_NAMES[name] ?? name.replaceAll('_', '-');
}

const words = (text: string) => text.trim().split(/\s+/);
const beginningWith = (prefix: string) =>
  CPU_FEATURES.map(([name]) => name).filter(name => name.startsWith(prefix));

/** Features that a processor has not without another one, which comes first; whatever the user asks. */
export const DEPENDENT_FEATURES: readonly (readonly [feature: string, dependents: readonly string[]])[] = [
  ['intel-pt', ['intel-pt-lip']],
  ['mpx', ['vmx-exit-clear-bndcfgs', 'vmx-entry-load-bndcfgs']],
  ['pdcm', ['full-width-write']],
  ['invpcid', ['vmx-invpcid-exit']],
  ['core-capability', ['split-lock-detect']],
  ['xsaves', ['vmx-xsaves']],
  ['lm', ['vmx-entry-ia32e-mode']],
  ['rdrand', ['vmx-rdrand-exit']],
  ['rdseed', ['vmx-rdseed-exit']],
  ['rdtscp', ['vmx-rdtscp-exit']],
  [
    'arch-capabilities',
    words('ibrs-all mds-no pschange-mc-no rdctl-no rsba skip-l1dfl-vmentry ssb-no taa-no tsx-ctrl'),
  ],
  [
    'svm',
    words(`
      avic decodeassists flushbyasid lbrv npt nrip-save pause-filter pfthreshold svm-lock svme-addr-chk
      tsc-scale v-vmsave-vmload vgif vmcb-clean
    `),
  ],
  ['vmx', beginningWith('vmx-')],
  [
    'vmx-secondary-ctls',
    words(`
      vmx-apicv-register vmx-apicv-vid vmx-apicv-x2apic vmx-apicv-xapic vmx-desc-exit vmx-encls-exit vmx-ept
      vmx-invpcid-exit vmx-ple vmx-pml vmx-rdrand-exit vmx-rdseed-exit vmx-rdtscp-exit vmx-shadow-vmcs
      vmx-tsc-scaling vmx-unrestricted-guest vmx-vmfunc vmx-vpid vmx-wbinvd-exit vmx-xsaves
    `),
  ],
  [
    'vmx-ept',
    words(`
      vmx-ept-1gb vmx-ept-2mb vmx-ept-advanced-exitinfo vmx-ept-execonly vmx-eptad vmx-invept
      vmx-invept-all-context vmx-invept-single-context vmx-page-walk-4 vmx-page-walk-5 vmx-unrestricted-guest
    `),
  ],
  [
    'vmx-vpid',
    words(`
      vmx-invept-single-context vmx-invept-single-context-noglobals vmx-invvpid vmx-invvpid-all-context
      vmx-invvpid-single-addr
    `),
  ],
  ['vmx-vmfunc', ['vmx-eptp-switching']],
];
