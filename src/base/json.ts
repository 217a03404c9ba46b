/** JSON as it is on the wire of QMP: integers keep all of their 64 bits, floats stay floats. */
export type JsonValue = JsonScalar | readonly JsonValue[] | JsonObject;
export type JsonScalar = null | boolean | string | number | bigint | JsonDouble;
export interface JsonObject {
  readonly [member: string]: JsonValue | undefined;
}

/**
 * A number written as a float whose value is integral, `-0` or infinite: `1.0` is not the integer 1
 * to QEMU. Every other float is a plain `number` (a plain integral `number` is always an integer;
 * integers that do not fit a `number` exactly are `bigint`).
 */
export class JsonDouble {
  constructor(readonly value: number) {}
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonDouble)
  );
}

/** True for what QEMU would hold as an integer: not for floats, also not for integral ones. */
export function isJsonInteger(value: JsonValue | undefined): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}
