import { QmpError } from '../base/errors.ts';

/** Of a node from itself, and the least that there is. */
const LOCAL_DISTANCE = 10;

/** Distances of NUMA nodes from one another, as far as a user states them. */
export class NumaDistances {
  /** By source, then by destination. */
  readonly #stated = new Map<number, Map<number, number>>();

  /** @throws QmpError with the text that QEMU 7.2 gives */
  set(source: number, destination: number, value: number): void {
    if (value < LOCAL_DISTANCE) {
      throw new QmpError(`NUMA distance (${value}) is invalid, it shouldn't be less than ${LOCAL_DISTANCE}.`);
    }
    if (source === destination && value !== LOCAL_DISTANCE)
      throw new QmpError(`Local distance of node ${source} should be ${LOCAL_DISTANCE}.`);
    const row = this.#stated.get(source) ?? new Map<number, number>();
    this.#stated.set(source, row.set(destination, value));
  }

  #get(source: number, destination: number): number | undefined {
    return this.#stated.get(source)?.get(destination);
  }

  /**
   * If any distance is stated, each pair needs one, and if one pair's is not the same in both directions, all
   * pairs need both. @param count of nodes, which are numbered from 0 @throws QmpError
   */
  check(count: number): void {
    if (this.#stated.size === 0) return;
    let isAsymmetric = false;
    for (const [from, to] of pairs(count)) {
      const [there, back] = [this.#get(from, to), this.#get(to, from)];
      if (there === undefined && back === undefined) {
        throw new QmpError(
          `The distance between node ${from} and ${to} is missing, at least one distance value between each ` +
            'nodes should be provided.',
        );
      }
      isAsymmetric ||= there !== undefined && back !== undefined && there !== back;
    }
    if (!isAsymmetric) return;
    for (const [from, to] of pairs(count)) {
      if (this.#get(from, to) !== undefined && this.#get(to, from) !== undefined) continue;
      throw new QmpError(
        'At least one asymmetrical pair of distances is given, please provide distances for both directions of ' +
          'all node pairs.',
      );
    }
  }
}

function* pairs(count: number): Generator<readonly [number, number]> {
  for (let from = 0; from < count; from++) for (let to = from + 1; to < count; to++) yield [from, to];
}
