/** What the models of processors are, as QEMU 7.2 tells of them and of processors of each under TCG. */

import { CPU_FEATURES } from './cpu-features.ts';

/** What a processor has because of its model. */
export interface ModelFacts {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  /** The last basic leaf of CPUID, the last of those that leaf 7 has, and the last extended leaf. */
  readonly level: number;
  readonly levelFunc7: number;
  readonly xlevel: number;
  /** Bits of a physical address. */
  readonly physBits: number;
  /** Of the microcode. */
  readonly revision: bigint;
  readonly vendor: string;
  readonly modelId: string;
  /** What the model has, whether the accelerator can do it or not: a bit for each of `CPU_FEATURES`. */
  readonly features: bigint;
}

/**
 * Names of models; numbers in the order of `ModelFacts`; vendor; name; features, a bit for each of `CPU_FEATURES`,
 * the first being the lowest.
 */
const TABLE = `
486 486-v1;4 8 0 1 0 0 32 4294967296;GenuineIntel;;1001140
Broadwell Broadwell-v1;6 61 2 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Broadwell);24103fdfff5ffffffb9ef3aff90002002fc0c000b88000e001000000008041490000c0000a20633bfffffff
Broadwell-IBRS Broadwell-v3;6 61 2 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Broadwell, IBRS);24103fdfff5ffffffb9ef3aff90002002fc2c000b88000e001000000008041490000c0000a20633bfffffff
Broadwell-noTSX Broadwell-v2;6 61 2 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Broadwell, no TSX);24103fdfff5ffffffb9ef3aff90002002fc0c000388000e001000000008001490000c0000a20633bfffffff
Broadwell-noTSX-IBRS Broadwell-v4;6 61 2 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Broadwell, no TSX, IBRS);24103fdfff5ffffffb9ef3aff90002002fc2c000388000e001000000008001490000c0000a20633bfffffff
Cascadelake-Server Cascadelake-Server-v1;6 85 6 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Cascadelake);2d103fdfff5ffffffb96f3aff90002002fe2c000b88804e001000000008041490018f0b80a20633bfffffff
Cascadelake-Server-noTSX Cascadelake-Server-v3 Cascadelake-Server-v4;6 85 6 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Cascadelake);2d103fdfff5ffffffb96f3aff90002002fe2e0003a8804e001100000008801490018f0b80a60633bfffffff
Cascadelake-Server-v2;6 85 6 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Cascadelake);2d103fdfff5ffffffb96f3aff90002002fe2e000ba8804e001100000008841490018f0b80a60633bfffffff
Cascadelake-Server-v5;6 85 6 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Cascadelake);6d107fdfff5ffffffb9ef3aff90002002fe2e0003a8804e001100000008801490018f0b80a60633bfffffff
Conroe Conroe-v1;6 15 3 10 0 2147483656 40 4294967296;GenuineIntel;Intel Celeron_4x0 (Conroe/Merom Class Core 2);c91484df087801000264100000020000000000000000000000000000000000000000000003bffffff7
Cooperlake Cooperlake-v1;6 85 10 13 1 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Cooperlake);2d103fdfff5ffffffb9ef3aff90002046fe2e000bb8804e001100000008841490018f0b84a60633bfffffff
Cooperlake-v2;6 85 10 13 1 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Cooperlake);6d107fdfff5ffffffb9ef3aff90002046fe2e000bb8804e001100000008841490018f0b84a60633bfffffff
Denverton Denverton-v1;6 95 1 21 0 2147483656 40 4294967296;GenuineIntel;Intel Atom Processor (Denverton);2d103fdfff5ffffffb9ef3aff90002002fe2e8003a8004c00980000000000101000800000060413bfffffff
Denverton-v2;6 95 1 21 0 2147483656 40 4294967296;GenuineIntel;Intel Atom Processor (Denverton);2d103fdfff5ffffffb9ef3aff90002002fe2e8003a8004c00100000000000101000800000060413bfffffff
Denverton-v3;6 95 1 21 0 2147483656 40 4294967296;GenuineIntel;Intel Atom Processor (Denverton);6d107fdfff5ffffffb9ef3aff90002002fe2e8003a8004c00100000000000101000800000060413bfffffff
Dhyana Dhyana-v1;24 0 1 13 0 2147483678 40 4294967296;HygonGenuine;Hygon Dhyana Processor;2d0000000000000000000000000000803fc0c00038800403c1e00000000219580208c0000a20233ffffefff
Dhyana-v2;24 0 1 13 0 2147483678 40 4294967296;HygonGenuine;Hygon Dhyana Processor;6d0000000000000000000000000000803fc0c00038800403c1e00000000219580208c0000a20233ffffefff
EPYC EPYC-v1;23 1 2 13 0 2147483678 40 16777317;AuthenticAMD;AMD EPYC Processor;2d0000000000000000000000000000803fc0c800388004c3c1e00000000019580208c0000a20633ffffefff
EPYC-IBPB EPYC-v2;23 1 2 13 0 2147483678 40 16777317;AuthenticAMD;AMD EPYC Processor (with IBPB);2d0000000000000000000000000000803fc0c800388004c3c1e00000000219580208c0000a20633ffffefff
EPYC-Milan EPYC-Milan-v1;25 1 1 13 0 2147483678 40 16777317;AuthenticAMD;AMD EPYC-Milan Processor;7d0400000000000000000000000080823fc0c8003c882ce3c1e0000000861b590238c0000a23633ffffefff
EPYC-Rome EPYC-Rome-v1;23 49 0 13 0 2147483678 40 16777317;AuthenticAMD;AMD EPYC-Rome Processor;7d0400000000000000000000000080803fc0c8003c802cc3c1e00000000219580238c0000a22633ffffefff
EPYC-Rome-v2;23 49 0 13 0 2147483678 40 16777317;AuthenticAMD;AMD EPYC-Rome Processor;7d0400000000000000000000000080803fc0c8003c802cc3c1e00000000619580238c0000a23633ffffefff
EPYC-v3;23 1 2 13 0 2147483678 40 16777317;AuthenticAMD;AMD EPYC Processor;7d0000000000000000000000000000803fc0c80038802cc3c1e00000000219580228c0000a20633ffffefff
Haswell Haswell-v1;6 60 4 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Haswell);24103fdfde5ffffffb9ef3aff90002002fc08000a88000e001000000008041490000c0000a20423bfffffff
Haswell-IBRS Haswell-v3;6 60 4 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Haswell, IBRS);24103fdfde5ffffffb9ef3aff90002002fc28000a88000e001000000008041490000c0000a20423bfffffff
Haswell-noTSX Haswell-v2;6 60 1 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Haswell, no TSX);24103fdfde5ffffffb9ef3aff90002002fc08000288000e001000000008001490000c0000a20423bfffffff
Haswell-noTSX-IBRS Haswell-v4;6 60 1 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Haswell, no TSX, IBRS);24103fdfde5ffffffb9ef3aff90002002fc28000288000e001000000008001490000c0000a20423bfffffff
Icelake-Server Icelake-Server-v1;6 134 0 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Icelake);2d153fdfde5ffffffb96f3aff90282002fe2c000b88804e001010000008061490018fcbe0a20633bfffffff
Icelake-Server-noTSX Icelake-Server-v2;6 134 0 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Icelake);2d153fdfde5ffffffb96f3aff90282002fe2c000388804e001010000008021490018fcbe0a20633bfffffff
Icelake-Server-v3;6 134 0 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Icelake);2d153fdfde5ffffffb96f3aff90282042fe2e0003b8804e001110000008821490018fcbe0a60633bfffffff
Icelake-Server-v4;6 106 0 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Icelake);2d153fdfff5ffffffb9ef3aff90282042fe2e8003f8804e001110000008823490018fdbe0a60633bfffffff
Icelake-Server-v5 Icelake-Server-v6;6 106 0 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Icelake);6d157fdfff5ffffffb9ef3aff90282042fe2e8003f8804e001110000008823490018fdbe0a60633bfffffff
IvyBridge IvyBridge-v1;6 58 9 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon E3-12xx v2 (Ivy Bridge);24103cddde5ffefffb92f3aff90002002fc08000288000c00000000000000109000000000220403bfffffff
IvyBridge-IBRS IvyBridge-v2;6 58 9 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon E3-12xx v2 (Ivy Bridge, IBRS);24103cddde5ffefffb92f3aff90002002fc28000288000c00000000000000109000000000220403bfffffff
KnightsMill KnightsMill-v1;6 133 0 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Phi Processor (Knights Mill);241000000000000000000000000002002fc88000388004c001000000000001490000c2d23a20633bfffffff
Nehalem Nehalem-v1;6 26 3 11 0 2147483656 40 4294967296;GenuineIntel;Intel Core i7 9xx (Nehalem Class Core i7);3c99cc5ffefffb92f3afe10000002fc00000008000000000000000000000000000000000003bfffffff
Nehalem-IBRS Nehalem-v2;6 26 3 11 0 2147483656 40 4294967296;GenuineIntel;Intel Core i7 9xx (Nehalem Core i7, IBRS update);3c99cc5ffefffb92f3afe10000002fc20000008000000000000000000000000000000000003bfffffff
Opteron_G1 Opteron_G1-v1;15 6 1 5 0 2147483656 40 16777317;AuthenticAMD;AMD Opteron 240 (Gen 1 Class Opteron);3bffff3f7
Opteron_G2 Opteron_G2-v1;15 6 1 5 0 2147483658 40 16777317;AuthenticAMD;AMD Opteron 22xx (Gen 2 Class Opteron);3ffffffff
Opteron_G3 Opteron_G3-v1;16 2 3 5 0 2147483658 40 16777317;AuthenticAMD;AMD Opteron 23xx (Gen 3 Class Opteron);100000002080000000a0000000000000000000000000023ffffffff
Opteron_G4 Opteron_G4-v1;21 1 2 13 0 2147483674 40 16777317;AuthenticAMD;AMD Opteron 62xx class CPU;60000000000000000000000000000003fc00000208004c1c020000000000080000000000200433ffffffff
Opteron_G5 Opteron_G5-v1;21 2 0 13 0 2147483674 40 16777317;AuthenticAMD;AMD Opteron 63xx class CPU;60000000000000000000000000000083fc00000208004c1c0200000000000c8000000000200433ffffffff
Penryn Penryn-v1;6 23 3 10 0 2147483656 40 4294967296;GenuineIntel;Intel Core 2 Duo P9xxx (Penryn Class Core 2);2c91484df087821002264100000025400000000000000000000000000000000000000000003bfffffff
SandyBridge SandyBridge-v1;6 42 1 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon E312xx (Sandy Bridge);24103cddcc5ffefffb92f3afe10002002fc00000208000c00000000000000000000000000220403bfffffff
SandyBridge-IBRS SandyBridge-v2;6 42 1 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon E312xx (Sandy Bridge, IBRS update);24103cddcc5ffefffb92f3afe10002002fc20000208000c00000000000000000000000000220403bfffffff
Skylake-Client Skylake-Client-v1;6 94 3 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Skylake);2d103fdffd5ffffffb9ef3afc10002002fc0c000b88000e001000000008041490000c0000a20633bfffffff
Skylake-Client-IBRS Skylake-Client-v2;6 94 3 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Skylake, IBRS);2d103fdffd5ffffffb9ef3afc10002002fc2c000b88000e001000000008041490000c0000a20633bfffffff
Skylake-Client-noTSX-IBRS Skylake-Client-v3;6 94 3 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Skylake, IBRS, no TSX);2d103fdffd5ffffffb9ef3afc10002002fc2c000388000e001000000008001490000c0000a20633bfffffff
Skylake-Client-v4;6 94 3 13 0 2147483656 40 4294967296;GenuineIntel;Intel Core Processor (Skylake, IBRS, no TSX);6d107fdffd5ffffffb9ef3afc10002002fc2c000388000e001000000008001490000c0000a20633bfffffff
Skylake-Server Skylake-Server-v1;6 85 4 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Skylake);2d103fdfff5ffffffb96f3aff90002002fc0c000b88804e001000000008041490018d0b80a20633bfffffff
Skylake-Server-IBRS Skylake-Server-v2;6 85 4 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Skylake, IBRS);2d103fdfff5ffffffb96f3aff90002002fc2c000b88804e001000000008041490010d0b80a20633bfffffff
Skylake-Server-noTSX-IBRS Skylake-Server-v3 Skylake-Server-v4;6 85 4 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Skylake, IBRS, no TSX);2d103fdfff5ffffffb96f3aff90002002fc2c000388804e001000000008001490010d0b80a20633bfffffff
Skylake-Server-v5;6 85 4 13 0 2147483656 40 4294967296;GenuineIntel;Intel Xeon Processor (Skylake, IBRS, no TSX);6d107fdfff5ffffffb9ef3aff90002002fc2c000388804e001000000008001490010d0b80a20633bfffffff
Snowridge Snowridge-v1;6 134 1 27 0 2147483656 40 4294967296;GenuineIntel;Intel Atom Processor (SnowRidge);2d103fdfff5ffffffb9ef3aff90082002fe6c800388004c00f80000000002101011c00000060413bfffffff
Snowridge-v2;6 134 1 27 0 2147483656 40 4294967296;GenuineIntel;Intel Atom Processor (Snowridge, no MPX);2d103fdfff5ffffffb9ef3aff90082002fe6c800388004c00780000000002101011c00000060413bfffffff
Snowridge-v3;6 134 1 27 0 2147483656 40 4294967296;GenuineIntel;Intel Atom Processor (Snowridge, no MPX);6d107fdfff5ffffffb9ef3aff90082002fe6c800388004c00780000000002101011c00000060413bfffffff
Snowridge-v4;6 134 1 27 0 2147483656 40 4294967296;GenuineIntel;Intel Atom Processor (Snowridge, no MPX);6d107fdfff5ffffffb9ef3aff90082002fe2c800388004c00780000000002101001c00000060413bfffffff
Westmere Westmere-v1;6 44 1 11 0 2147483656 40 4294967296;GenuineIntel;Westmere E56xx/L56xx/X56xx (Nehalem-C);3cddcc5ffefffb92f3afe10000002fc00000008000c00000000000000000000000000020403bfffffff
Westmere-IBRS Westmere-v2;6 44 1 11 0 2147483656 40 4294967296;GenuineIntel;Westmere E56xx/L56xx/X56xx (IBRS update);3cddcc5ffefffb92f3afe10000002fc20000008000c00000000000000000000000000020403bfffffff
athlon athlon-v1;6 2 3 2 0 2147483656 36 16777317;AuthenticAMD;QEMU Virtual CPU version 2.5+;4000000000000000000000000000d1f77d1f5
base;0 0 0 0 0 0 32 4294967296;;;1000
core2duo core2duo-v1;6 15 11 10 0 2147483656 40 4294967296;GenuineIntel;Intel(R) Core(TM)2 Duo CPU     T7700  @ 2.40GHz;c91484df087801000264100000020080000000000000080000000000000000000000000103bfffffff
coreduo coreduo-v1;6 14 8 10 0 2147483656 32 4294967296;GenuineIntel;Genuine Intel(R) CPU           T2600  @ 2.16GHz;90484df0850010002001000000000800000000000000800000000000000000000000001033dffd1f7
kvm32 kvm32-v1;15 6 1 5 0 2147483656 36 4294967296;GenuineIntel;Common 32-bit KVM processor;90484df0850010002001000000000000000000000000000000000000000000000000000013ff7d1f7
kvm64 kvm64-v1;15 6 1 13 0 2147483656 40 4294967296;GenuineIntel;Common KVM processor;90484cf085801000260100000000000000000000000000000000000000000000000000003bffff3ff
max;15 107 1 13 0 2147483658 40 16777317;AuthenticAMD;QEMU TCG CPU version 2.5+;250000000000000000000000000680023fc8c000288c05c049c10000000001490218c0000a2072fffffffff
n270 n270-v1;6 28 2 10 0 2147483656 32 4294967296;GenuineIntel;Intel(R) Atom(TM) CPU N270   @ 1.60GHz;200800000000000001800000000000000000000000001033dffddf7
pentium pentium-v1;5 4 3 1 0 0 32 4294967296;GenuineIntel;;101039171
pentium2 pentium2-v1;6 5 2 2 0 0 36 4294967296;GenuineIntel;;10777d1f5
pentium3 pentium3-v1;6 7 3 3 0 0 36 4294967296;GenuineIntel;;10f77d1f5
phenom phenom-v1;16 2 3 5 0 2147483674 40 16777317;AuthenticAMD;AMD Phenom(tm) 9550 Quad-Core Processor;100000002080040040c000000000181000000000000002fffffffff
qemu32 qemu32-v1;6 6 3 4 0 2147483652 32 4294967296;GenuineIntel;QEMU Virtual CPU version 2.5+;13df391f5
qemu64 qemu64-v1;15 107 1 13 0 2147483658 40 16777317;AuthenticAMD;QEMU Virtual CPU version 2.5+;3ffffffff
`;

/** What TCG can do, in the same form. */
const TCG = '250000000000000000000000000680023fc8c000288c05c049c10000000001490218c0000a2072fffffffff';

const TCG_FEATURES = BigInt(`0x${TCG}`);
const BITS: ReadonlyMap<string, bigint> = new Map(
  CPU_FEATURES.map(([name], index) => [name, 1n << BigInt(index)]),
);
const FACTS: ReadonlyMap<string, ModelFacts> = new Map(TABLE.trim().split('\n').flatMap(read));
const TYPE_SUFFIX = /-x86_64-cpu$/;

/** What is known of the model of a type of processors; one like the host's is like the best there is. */
export function factsOf(type: string): ModelFacts {
  const name = type.replace(TYPE_SUFFIX, '');
  const facts = FACTS.get(name === 'host' ? 'max' : name);
  if (facts === undefined) throw new Error(`no facts of ${type}`);
  return facts;
}

/** @param isEmulated whether by TCG, which cannot do everything */
export function hasFeature({ features }: ModelFacts, name: string, isEmulated: boolean): boolean {
  const bit = BITS.get(name) ?? 0n;
  return ((isEmulated ? features & TCG_FEATURES : features) & bit) !== 0n;
}

/** Whether TCG can do it. */
export function isKnownToTcg(name: string): boolean {
  return (TCG_FEATURES & (BITS.get(name) ?? 0n)) !== 0n;
}

function read(line: string): readonly (readonly [name: string, facts: ModelFacts])[] {
  const [names = '', numbers = '', vendor = '', modelId = '', features = ''] = line.split(';');
  const [
    family = 0,
    model = 0,
    stepping = 0,
    level = 0,
    levelFunc7 = 0,
    xlevel = 0,
    physBits = 0,
    revision = 0,
  ] = numbers.split(' ').map(Number);
  const facts: ModelFacts = {
    ...{ family, model, stepping, level, levelFunc7, xlevel, physBits, vendor, modelId },
    revision: BigInt(revision),
    features: BigInt(`0x${features}`),
  };
  return names.split(' ').map(name => [name, facts]);
}
