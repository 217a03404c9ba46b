import type { JsonValue } from '../base/json.ts';

/**
 * Where features are told, word by word, in QEMU's order: a register and leaf of CPUID with its part, where there are
 * some, or a model-specific register; then features from bit 0 on, a number being the bit of the next.
 */
const TABLE = `
  EDX 0x1: fpu vme de pse tsc msr pae mce cx8 apic 11 sep mtrr pge mca cmov pat pse36 pn clflush 21 ds
    acpi mmx fxsr sse sse2 ss ht tm ia64 pbe
  ECX 0x1: pni pclmulqdq dtes64 monitor ds-cpl vmx smx est tm2 ssse3 cid 12 fma cx16 xtpr pdcm 17 pcid dca
    sse4.1 sse4.2 x2apic movbe popcnt tsc-deadline aes xsave 28 avx f16c rdrand hypervisor
  EBX 0x7.0: fsgsbase tsc-adjust sgx bmi1 hle avx2 7 smep bmi2 erms invpcid rtm 14 mpx 16 avx512f avx512dq
    rdseed adx smap avx512ifma pcommit clflushopt clwb intel-pt avx512pf avx512er avx512cd sha-ni avx512bw
    avx512vl
  ECX 0x7.0: 1 avx512vbmi umip pku 5 waitpkg avx512vbmi2 8 gfni vaes vpclmulqdq avx512vnni avx512bitalg 14
    avx512-vpopcntdq 16 la57 22 rdpid 24 bus-lock-detect cldemote 27 movdiri movdir64b 30 sgxlc pks
  EDX 0x7.0: 2 avx512-4vnniw avx512-4fmaps fsrm 8 avx512-vp2intersect 10 md-clear 14 serialize 16
    tsx-ldtrk 19 arch-lbr 22 amx-bf16 avx512-fp16 amx-tile amx-int8 spec-ctrl stibp 29 arch-capabilities
    core-capability ssbd
  EAX 0x7.1: 4 avx-vnni avx512-bf16
  EDX 0x80000001: 11 syscall 20 nx 22 mmxext 25 fxsr-opt pdpe1gb rdtscp 29 lm 3dnowext 3dnow
  ECX 0x80000001: lahf-lm cmp-legacy svm extapic cr8legacy abm sse4a misalignsse 3dnowprefetch osvw ibs
    xop skinit wdt 15 lwp fma4 tce 19 nodeid-msr 21 tbm topoext perfctr-core perfctr-nb
  EDX 0x80000007: 8 invtsc
  EBX 0x80000008: clzero 2 xsaveerptr 9 wbnoinvd 12 ibpb 14 ibrs amd-stibp 24 amd-ssbd virt-ssbd
    amd-no-ssb
  EDX 0xc0000001: 2 xstore xstore-en 6 xcrypt xcrypt-en ace2 ace2-en phe phe-en pmm pmm-en
  EAX 0x40000001: kvmclock kvm-nopiodelay kvm-mmu 4 kvm-asyncpf kvm-steal-time kvm-pv-eoi kvm-pv-unhalt 9
    kvm-pv-tlb-flush 11 kvm-pv-ipi kvm-poll-control kvm-pv-sched-yield kvm-asyncpf-int kvm-msi-ext-dest-id
    24 kvmclock-stable-bit
  EDX 0x40000001: kvm-hint-dedicated
  EDX 0x8000000a: npt lbrv svm-lock nrip-save tsc-scale vmcb-clean flushbyasid decodeassists 10
    pause-filter 12 pfthreshold avic 15 v-vmsave-vmload vgif 28 svme-addr-chk
  EAX 0xd.1: xsaveopt xsavec xgetbv1 xsaves xfd
  EAX 0x6: 2 arat
  EAX 0xd.0:
  EDX 0xd.0:
  MSR 0x10a: rdctl-no ibrs-all rsba skip-l1dfl-vmentry ssb-no mds-no pschange-mc-no tsx-ctrl taa-no
  MSR 0xcf: 5 split-lock-detect
  MSR 0x345: 13 full-width-write
  MSR 0x48e: 2 vmx-vintr-pending vmx-tsc-offset 7 vmx-hlt-exit 9 vmx-invlpg-exit vmx-mwait-exit
    vmx-rdpmc-exit vmx-rdtsc-exit 15 vmx-cr3-load-noexit vmx-cr3-store-noexit 19 vmx-cr8-load-exit
    vmx-cr8-store-exit vmx-flexpriority vmx-vnmi-pending vmx-movdr-exit vmx-io-exit vmx-io-bitmap 27
    vmx-mtf vmx-msr-bitmap vmx-monitor-exit vmx-pause-exit vmx-secondary-ctls
  MSR 0x48b: vmx-apicv-xapic vmx-ept vmx-desc-exit vmx-rdtscp-exit vmx-apicv-x2apic vmx-vpid
    vmx-wbinvd-exit vmx-unrestricted-guest vmx-apicv-register vmx-apicv-vid vmx-ple vmx-rdrand-exit
    vmx-invpcid-exit vmx-vmfunc vmx-shadow-vmcs vmx-encls-exit vmx-rdseed-exit vmx-pml 20 vmx-xsaves 25
    vmx-tsc-scaling
  MSR 0x48d: vmx-intr-exit 3 vmx-nmi-exit 5 vmx-vnmi vmx-preemption-timer vmx-posted-intr
  MSR 0x48f: 2 vmx-exit-nosave-debugctl 12 vmx-exit-load-perf-global-ctrl 15 vmx-exit-ack-intr 18
    vmx-exit-save-pat vmx-exit-load-pat vmx-exit-save-efer vmx-exit-load-efer
    vmx-exit-save-preemption-timer vmx-exit-clear-bndcfgs 25 vmx-exit-clear-rtit-ctl 29 vmx-exit-load-pkrs
  MSR 0x490: 2 vmx-entry-noload-debugctl 9 vmx-entry-ia32e-mode 13 vmx-entry-load-perf-global-ctrl
    vmx-entry-load-pat vmx-entry-load-efer vmx-entry-load-bndcfgs 18 vmx-entry-load-rtit-ctl 22
    vmx-entry-load-pkrs
  MSR 0x485: 5 vmx-store-lma vmx-activity-hlt vmx-activity-shutdown vmx-activity-wait-sipi 29
    vmx-vmwrite-vmexit-fields vmx-zero-len-inject
  MSR 0x48c: vmx-ept-execonly 6 vmx-page-walk-4 vmx-page-walk-5 16 vmx-ept-2mb vmx-ept-1gb 20 vmx-invept
    vmx-eptad vmx-ept-advanced-exitinfo 25 vmx-invept-single-context vmx-invept-all-context 32 vmx-invvpid
    40 vmx-invvpid-single-addr 42
    vmx-invvpid-all-context vmx-invept-single-context-noglobals
  MSR 0x480: 54 vmx-ins-outs vmx-true-ctls
  MSR 0x491: vmx-eptp-switching
  ECX 0x14.0: 31 intel-pt-lip
  EAX 0x12.0: sgx1 sgx2
  EBX 0x12.0: sgx-exinfo
  EAX 0x12.1: 1 sgx-debug sgx-mode64 4 sgx-provisionkey sgx-tokenkey 7 sgx-kss
  ECX 0xd.1:
  EDX 0xd.1:
`;

/** State components that a processor with `xsave` has because of what it was to have, as bits of leaf 0xd. */
const STATE_COMPONENTS: readonly (readonly [feature: string, bits: number])[] = [
  ['xsave', 0x3],
  ['avx', 0x4],
  ['mpx', 0x18],
  ['avx512f', 0xe0],
  ['pku', 0x200],
  ['amx-tile', 0x60000],
];

/** Features of leaf 1 that AMD's processors repeat in the extended leaf. */
const REPEATED_BY_AMD = 0x0183f3ff;
const AMD: readonly string[] = ['AuthenticAMD', 'HygonGenuine'];

interface Word {
  /** `MSR` for those of model-specific registers, whose number `leaf` is. */
  readonly register: string;
  readonly leaf: number;
  readonly part: number | undefined;
  readonly bits: readonly (readonly [feature: string, bit: number])[];
}

const WORDS: readonly Word[] = TABLE.trim()
  .split(/\n(?= {2}\S)/)
  .map(read);

function read(line: string): Word {
  const [place = '', names = ''] = line.trim().split(/:\s*/);
  const [register = '', address = ''] = place.split(' ');
  const [leaf, part] = address.split('.').map(Number);
  let next = 0;
  const bits: [string, number][] = [];
  for (const word of names.split(/\s+/)) {
    if (/^\d+$/.test(word)) next = Number(word);
    else if (word !== '') bits.push([word, next++]);
  }
  return { register, leaf: leaf ?? 0, part, bits };
}

/** Those of CPUID, the last first, as a processor's properties list them. */
const LISTED = WORDS.filter(({ register }) => register !== 'MSR').reverse();

interface FeaturePlace {
  readonly word: Word;
  readonly bit: number;
  /** Where it comes in QEMU's order of all features. */
  readonly rank: number;
}

const PLACES: ReadonlyMap<string, FeaturePlace> = new Map(
  WORDS.flatMap(word => word.bits.map(([feature, bit]) => ({ feature, word, bit }))).map(
    ({ feature, ...place }, rank) => [feature, { ...place, rank }],
  ),
);

/** Features in QEMU's order. */
export function inOrder(features: readonly string[]): readonly string[] {
  const rank = (feature: string) => PLACES.get(feature)?.rank ?? Number.POSITIVE_INFINITY;
  return features.toSorted((a, b) => rank(a) - rank(b));
}

/** A feature as messages name it: `CPUID.01H:ECX.vmx [bit 5]`. */
export function describeFeature(feature: string): string {
  const place = PLACES.get(feature);
  if (place === undefined) return feature;
  const { word, bit } = place;
  const address = word.leaf.toString(16).toUpperCase();
  const where =
    word.register === 'MSR' ? `MSR(${address}H)` : `CPUID.${address.padStart(2, '0')}H:${word.register}`;
  return `${where}.${feature} [bit ${bit}]`;
}

/** The leaf of CPUID by which a feature is told; 0 for those that are not told by one. */
export function leafOf(feature: string): number {
  const word = PLACES.get(feature)?.word;
  return word === undefined || word.register === 'MSR' ? 0 : word.leaf;
}

/**
 * The words of a processor in service.
 * @param has whether it has a feature
 * @param missing what it was to have besides
 * @param vendor as CPUID names it
 */
export function featureWords(
  has: (feature: string) => boolean,
  missing: readonly string[],
  vendor: string,
): JsonValue {
  const isAmd = AMD.includes(vendor);
  const valueAt = (register: string, leaf: number) => {
    const word = WORDS.find(each => each.register === register && each.leaf === leaf);
    return word === undefined ? 0 : bitsOf(word, has);
  };
  return words(word => {
    const value = bitsOf(word, has);
    if (word.register === 'EAX' && word.leaf === 0xd && word.part === 0)
      return stateComponents(feature => has(feature) || missing.includes(feature));
    const repeats = isAmd && word.register === 'EDX' && word.leaf === 0x80000001;
    return repeats ? (value | (valueAt('EDX', 1) & REPEATED_BY_AMD)) >>> 0 : value;
  });
}

/** The words of what was wanted and is not there. */
export function missingWords(missing: readonly string[]): JsonValue {
  return words(word => bitsOf(word, feature => missing.includes(feature)));
}

function words(valueOfWord: (word: Word) => number): JsonValue {
  return LISTED.map(word => ({
    'cpuid-register': word.register,
    'cpuid-input-eax': word.leaf,
    ...(word.part === undefined ? {} : { 'cpuid-input-ecx': word.part }),
    features: valueOfWord(word),
  }));
}

function bitsOf({ bits }: Word, has: (feature: string) => boolean): number {
  return bits.reduce((value, [feature, bit]) => (has(feature) ? value | (1 << bit) : value), 0) >>> 0;
}

function stateComponents(has: (feature: string) => boolean): number {
  if (!has('xsave')) return 0;
  return STATE_COMPONENTS.reduce((value, [feature, bits]) => (has(feature) ? value | bits : value), 0);
}
