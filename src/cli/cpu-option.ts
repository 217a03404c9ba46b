import type { UserGlobal } from '../qom/user-globals.ts';
import type { CpuRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import type { Target } from './target.ts';

/**
 * What `-cpu MODEL,FEATURES` wants of processors besides their model.
 * @param driver the type of processors of that model
 * @throws CliError
 */
export function cpuGlobals({ features }: CpuRequest, driver: string, target: Target): readonly UserGlobal[] {
  if (features === '') return [];
  return features.split(',').map(feature => {
    const [, sign, plain] = (target === 'x86_64' && /^([+-])(.*)$/.exec(feature)) || [];
    if (plain !== undefined) return { driver, property: plain, value: sign === '+' ? 'on' : 'off' };
    const [property = '', ...value] = feature.split('=');
    if (value.length > 0) return { driver, property, value: value.join('=') };
    if (target === 'x86_64') return { driver, property, value: 'on' };
    throw CliError.at(undefined, `Expected key=value format, found ${feature}.`);
  });
}
