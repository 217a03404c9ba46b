/** Flags of a processor by name, as far as they are not properties with a default of their own. */

/** On in the default model. */
const ON = `
  apic clflush cmov cx16 cx8 de fpu fxsr hypervisor i64 lahf-lm lahf_lm legacy-cache lm mca mce mmx msr
  mtrr nx pae pat pge pni pse pse36 sep sse sse2 sse3 svm syscall tsc xd
`;

/** Off in the default model. */
const OFF = `
  3dnow 3dnowext 3dnowprefetch abm ace2 ace2-en acpi adx aes amd-no-ssb amd-ssbd amd-stibp amx-bf16
  amx-int8 amx-tile arat arch-capabilities arch-lbr avic avx avx-vnni avx2 avx512-4fmaps avx512-4vnniw
  avx512-bf16 avx512-fp16 avx512-vp2intersect avx512-vpopcntdq avx512bitalg avx512bw avx512cd avx512dq
  avx512er avx512f avx512ifma avx512pf avx512vbmi avx512vbmi2 avx512vl avx512vnni bmi1 bmi2
  bus-lock-detect cid cldemote clflushopt clwb clzero cmp-legacy cmp_legacy core-capability cr8legacy dca
  decodeassists ds ds-cpl ds_cpl dtes64 erms est extapic f16c ffxsr flushbyasid fma fma4 fsgsbase fsrm
  full-width-write fxsr-opt fxsr_opt gfni hle ht ia64 ibpb ibrs ibrs-all ibs intel-pt intel-pt-lip invpcid
  invtsc kvm-asyncpf kvm-asyncpf-int kvm-hint-dedicated kvm-mmu kvm-msi-ext-dest-id kvm-nopiodelay
  kvm-poll-control kvm-pv-eoi kvm-pv-ipi kvm-pv-sched-yield kvm-pv-tlb-flush kvm-pv-unhalt kvm-steal-time
  kvm_asyncpf kvm_asyncpf_int kvm_mmu kvm_nopiodelay kvm_poll_control kvm_pv_eoi kvm_pv_unhalt
  kvm_steal_time kvmclock kvmclock-stable-bit la57 lbrv lwp md-clear mds-no misalignsse mmxext monitor
  movbe movdir64b movdiri mpx nodeid-msr nodeid_msr npt nrip-save nrip_save osvw pause-filter pause_filter
  pbe pcid pclmuldq pclmulqdq pcommit pdcm pdpe1gb perfctr-core perfctr-nb perfctr_core perfctr_nb
  pfthreshold phe phe-en pks pku pmm pmm-en pn popcnt pschange-mc-no rdctl-no rdpid rdrand rdseed rdtscp
  rsba rtm serialize sgx sgx-debug sgx-exinfo sgx-kss sgx-mode64 sgx-provisionkey sgx-tokenkey sgx1 sgx2
  sgxlc sha-ni skinit skip-l1dfl-vmentry smap smep smx spec-ctrl split-lock-detect ss ssb-no ssbd sse4-1
  sse4-2 sse4.1 sse4.2 sse4_1 sse4_2 sse4a ssse3 stibp svm-lock svm_lock svme-addr-chk
  taa-no tbm tce tm tm2 topoext tsc-adjust tsc-deadline tsc-scale tsc_adjust tsc_scale tsx-ctrl tsx-ldtrk
  umip v-vmsave-vmload vaes vgif virt-ssbd vmcb-clean vmcb_clean vme vmx vmx-activity-hlt
  vmx-activity-shutdown vmx-activity-wait-sipi vmx-apicv-register vmx-apicv-vid vmx-apicv-x2apic
  vmx-apicv-xapic vmx-cr3-load-noexit vmx-cr3-store-noexit vmx-cr8-load-exit vmx-cr8-store-exit
  vmx-desc-exit vmx-encls-exit vmx-entry-ia32e-mode vmx-entry-load-bndcfgs vmx-entry-load-efer
  vmx-entry-load-pat vmx-entry-load-perf-global-ctrl vmx-entry-load-pkrs vmx-entry-load-rtit-ctl
  vmx-entry-noload-debugctl vmx-ept vmx-ept-1gb vmx-ept-2mb vmx-ept-advanced-exitinfo vmx-ept-execonly
  vmx-eptad vmx-eptp-switching vmx-exit-ack-intr vmx-exit-clear-bndcfgs vmx-exit-clear-rtit-ctl
  vmx-exit-load-efer vmx-exit-load-pat vmx-exit-load-perf-global-ctrl vmx-exit-load-pkrs
  vmx-exit-nosave-debugctl vmx-exit-save-efer vmx-exit-save-pat vmx-exit-save-preemption-timer
  vmx-flexpriority vmx-hlt-exit vmx-ins-outs vmx-intr-exit vmx-invept vmx-invept-all-context
  vmx-invept-single-context vmx-invept-single-context-noglobals vmx-invlpg-exit vmx-invpcid-exit
  vmx-invvpid vmx-invvpid-all-context vmx-invvpid-single-addr vmx-io-bitmap vmx-io-exit vmx-monitor-exit
  vmx-movdr-exit vmx-msr-bitmap vmx-mtf vmx-mwait-exit vmx-nmi-exit vmx-page-walk-4 vmx-page-walk-5
  vmx-pause-exit vmx-ple vmx-pml vmx-posted-intr vmx-preemption-timer vmx-rdpmc-exit vmx-rdrand-exit
  vmx-rdseed-exit vmx-rdtsc-exit vmx-rdtscp-exit vmx-secondary-ctls vmx-shadow-vmcs vmx-store-lma
  vmx-true-ctls vmx-tsc-offset vmx-tsc-scaling vmx-unrestricted-guest vmx-vintr-pending vmx-vmfunc
  vmx-vmwrite-vmexit-fields vmx-vnmi vmx-vnmi-pending vmx-vpid vmx-wbinvd-exit vmx-xsaves
  vmx-zero-len-inject vpclmulqdq waitpkg wbnoinvd wdt x2apic xcrypt xcrypt-en xfd xgetbv1 xop xsave xsavec
  xsaveerptr xsaveopt xsaves xstore xstore-en xtpr
`;

/** What the default model, `qemu64`, has and has not. */
export const CPU_FEATURES: readonly (readonly [name: string, isOn: boolean])[] = [
  ...words(ON).map(name => [name, true] as const),
  ...words(OFF).map(name => [name, false] as const),
];

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
