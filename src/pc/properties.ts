import type { JsonValue } from '../base/json.ts';
import type { Property } from '../qom/property.ts';

/** Properties that read as the same value always. */
export function constants(
  values: Readonly<Record<string, readonly [type: string, value: JsonValue]>>,
): readonly Property[] {
  return Object.entries(values).map(([name, [type, value]]) => ({ name, type, get: () => value }));
}
