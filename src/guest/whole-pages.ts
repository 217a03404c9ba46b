import { QmpError } from '../base/errors.ts';

/** @param values by parameter; `size` must be at least one page @throws QmpError */
export function checkWholePages(values: Readonly<Record<string, bigint>>, pageSize: bigint): void {
  for (const [name, value] of Object.entries(values))
    if (value % pageSize !== 0n) throw new QmpError(`Parameter '${name}' expects a multiple of ${pageSize}`);
  if (values.size === 0n)
    throw new QmpError(`Parameter 'size' expects a multiple of ${pageSize}, at least one`);
}
