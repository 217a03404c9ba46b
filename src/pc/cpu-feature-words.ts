import type { JsonValue } from '../base/json.ts';

/**
 * What CPUID tells of features, word by word, in the order in which QEMU lists them: the register, the leaf and,
 * where there are some, its part; then features from bit 0 on, a number being the bit of the next.
 */
const TABLE = `
  EDX 0xd.1:
  ECX 0xd.1:
  EAX 0x12.1: 1 sgx-debug sgx-mode64 4 sgx-provisionkey sgx-tokenkey 7 sgx-kss
  EBX 0x12.0: sgx-exinfo
  EAX 0x12.0: sgx1 sgx2
  ECX 0x14.0: 31 intel-pt-lip
  EDX 0xd.0:
  EAX 0xd.0:
  EAX 0x6: 2 arat
  EAX 0xd.1: xsaveopt xsavec xgetbv1 xsaves xfd
  EDX 0x8000000a: npt lbrv svm-lock nrip-save tsc-scale vmcb-clean flushbyasid decodeassists 10
    pause-filter 12 pfthreshold avic 15 v-vmsave-vmload vgif 28 svme-addr-chk
  EDX 0x40000001: kvm-hint-dedicated
  EAX 0x40000001: kvmclock kvm-nopiodelay kvm-mmu 4 kvm-asyncpf kvm-steal-time kvm-pv-eoi
    kvm-pv-unhalt 9 kvm-pv-tlb-flush 11 kvm-pv-ipi kvm-poll-control kvm-pv-sched-yield
    kvm-asyncpf-int kvm-msi-ext-dest-id 24 kvmclock-stable-bit
  EDX 0xc0000001: 2 xstore xstore-en 6 xcrypt xcrypt-en ace2 ace2-en phe phe-en pmm pmm-en
  EBX 0x80000008: clzero 2 xsaveerptr 9 wbnoinvd 12 ibpb 14 ibrs amd-stibp 24 amd-ssbd virt-ssbd
    amd-no-ssb
  EDX 0x80000007: 8 invtsc
  ECX 0x80000001: lahf-lm cmp-legacy svm extapic cr8legacy abm sse4a misalignsse 3dnowprefetch osvw
    ibs xop skinit wdt 15 lwp fma4 tce 19 nodeid-msr 21 tbm topoext perfctr-core perfctr-nb
  EDX 0x80000001: 11 syscall 20 nx 22 mmxext 25 fxsr-opt pdpe1gb rdtscp 29 lm 3dnowext 3dnow
  EAX 0x7.1: 4 avx-vnni avx512-bf16
  EDX 0x7.0: 2 avx512-4vnniw avx512-4fmaps fsrm 8 avx512-vp2intersect 10 md-clear 14 serialize 16
    tsx-ldtrk 19 arch-lbr 22 amx-bf16 avx512-fp16 amx-tile amx-int8 spec-ctrl stibp 29
    arch-capabilities core-capability ssbd
  ECX 0x7.0: 1 avx512vbmi umip pku 5 waitpkg avx512vbmi2 8 gfni vaes vpclmulqdq avx512vnni
    avx512bitalg 14 avx512-vpopcntdq 16 la57 22 rdpid 24 bus-lock-detect cldemote 27 movdiri
    movdir64b 30 sgxlc pks
  EBX 0x7.0: fsgsbase tsc-adjust sgx bmi1 hle avx2 7 smep bmi2 erms invpcid rtm 14 mpx 16 avx512f
    avx512dq rdseed adx smap avx512ifma pcommit clflushopt clwb intel-pt avx512pf avx512er avx512cd
    sha-ni avx512bw avx512vl
  ECX 0x1: pni pclmulqdq dtes64 monitor ds-cpl vmx smx est tm2 ssse3 cid 12 fma cx16 xtpr pdcm 17
    pcid dca sse4.1 sse4.2 x2apic movbe popcnt tsc-deadline aes xsave 28 avx f16c rdrand hypervisor
  EDX 0x1: fpu vme de pse tsc msr pae mce cx8 apic 11 sep mtrr pge mca cmov pat pse36 pn clflush 21
    ds acpi mmx fxsr sse sse2 ss ht tm ia64 pbe
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

/** The leaf of CPUID by which a feature is told; 0 for those that are not told by one. */
export function leafOf(feature: string): number {
  return LEAVES.get(feature) ?? 0;
}

const LEAVES = new Map(WORDS.flatMap(({ leaf, bits }) => bits.map(([feature]) => [feature, leaf] as const)));

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
  return WORDS.map(word => ({
    'cpuid-register': word.register,
    ...(word.part === undefined ? {} : { 'cpuid-input-ecx': word.part }),
    'cpuid-input-eax': word.leaf,
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
