/** A processor that a pseries machine can have. */
export interface CpuModel {
  /** With its version, as types are named after it: `power9_v2.0`. */
  readonly name: string;
  readonly family: string;
  /** Processor version register: by it software knows the model. */
  readonly pvr: number;
  /** Level of the Power ISA, times 100: 300 is 3.0. */
  readonly level: number;
  /** Interrupt lines into each thread. */
  readonly pins: number;
  /** Threads that a core of the real processor has, where the guest is told of them. */
  readonly hostThreads?: number;
}

type Family = '970' | 'POWER5P' | 'POWER7' | 'POWER8' | 'POWER9' | 'POWER10';

/** Families by their name in the type tree. */
const FAMILIES: Readonly<Record<Family, Pick<CpuModel, 'level' | 'pins' | 'hostThreads'>>> = {
  970: { level: 201, pins: 7 },
  POWER5P: { level: 203, pins: 7 },
  POWER7: { level: 206, pins: 1 },
  POWER8: { level: 207, pins: 1, hostThreads: 8 },
  POWER9: { level: 300, pins: 2, hostThreads: 4 },
  POWER10: { level: 310, pins: 2 },
};

/** Models by name, in the order of their version registers. */
const MODELS: Readonly<Record<string, readonly [family: Family, pvr: number]>> = {
  '970_v2.2': ['970', 0x00390202],
  'power5+_v2.1': ['POWER5P', 0x003b0201],
  'power7_v2.3': ['POWER7', 0x003f0203],
  '970mp_v1.0': ['970', 0x00440100],
  '970mp_v1.1': ['970', 0x00440101],
  'power7+_v2.1': ['POWER7', 0x004a0201],
  'power8e_v2.1': ['POWER8', 0x004b0201],
  'power8nvl_v1.0': ['POWER8', 0x004c0100],
  'power8_v2.0': ['POWER8', 0x004d0200],
  'power9_v1.0': ['POWER9', 0x004e0100],
  'power9_v2.0': ['POWER9', 0x004e1200],
  'power10_v1.0': ['POWER10', 0x00800100],
  'power10_v2.0': ['POWER10', 0x00800200],
};

export const CPU_FAMILIES: readonly string[] = Object.keys(FAMILIES);

export const CPU_MODELS: readonly CpuModel[] = Object.entries(MODELS).map(([name, [family, pvr]]) => ({
  name,
  family,
  pvr,
  ...FAMILIES[family],
}));

/** Names without a version, and what they stand for. */
export const CPU_ALIASES: Readonly<Record<string, string>> = {
  power10: 'power10_v2.0',
  power9: 'power9_v2.0',
  power8nvl: 'power8nvl_v1.0',
  power8: 'power8_v2.0',
  power8e: 'power8e_v2.1',
  'power7+': 'power7+_v2.1',
  power7: 'power7_v2.3',
  power5gs: 'power5+_v2.1',
  'power5+': 'power5+_v2.1',
  '970mp': '970mp_v1.1',
  '970': '970_v2.2',
};

/** The model that a user means, whatever the case of the letters; undefined if there is none. */
export function findCpuModel(name: string): CpuModel | undefined {
  const lower = name.toLowerCase();
  const full = CPU_ALIASES[lower] ?? lower;
  return CPU_MODELS.find(model => model.name === full);
}
