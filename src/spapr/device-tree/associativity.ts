import type { SpaprMachine } from '../machine.ts';
import { cells, type PropertyValue } from './node.ts';

/**
 * Where something belongs in a hierarchy of what is near (PAPR 2.7, 15.3): the count of levels, then a number on each,
 * the NUMA node last, and below it a processor. A guest may agree to a shorter form; under qtest QEMU takes it to have
 * agreed to everything.
 */
export function associativity(
  { accelerator }: SpaprMachine,
  node: number,
  processor?: number,
): PropertyValue {
  const levels = [...(accelerator === 'qtest' ? [] : [0, 0, 0]), node];
  if (processor !== undefined) levels.push(processor);
  return cells(levels.length, ...levels);
}
