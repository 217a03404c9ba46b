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

/** Models that are made of what there is, and of nothing. */
export const OTHERS = ['max', 'host', 'base'];

/** Which version a model is under another name; undefined for one that is not. */
export function versionOf(model: string): string | undefined {
  if (/-v\d+$/.test(model) || OTHERS.includes(model)) return undefined;
  return VERSIONS[model] ?? `${model}-v1`;
}
