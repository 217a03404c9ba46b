/**
 * Trace points, under QEMU's names (`vfio_listener_region_add_iommu`, `spapr_iommu_new_table`, …).
 * A point that nobody listens to costs a map look-up.
 */
export type TraceListener = (point: string, values: Readonly<Record<string, unknown>>) => void;

export class Tracer {
  readonly #listeners = new Map<string, TraceListener[]>();

  /** Listens to one point, or to all with `'*'`. Returns what stops it. */
  on(point: string, listener: TraceListener): () => void {
    const listeners = this.#listeners.get(point) ?? [];
    listeners.push(listener);
    this.#listeners.set(point, listeners);
    return () => {
      const index = listeners.indexOf(listener);
      if (index >= 0) listeners.splice(index, 1);
      if (listeners.length === 0) this.#listeners.delete(point);
    };
  }

  /** True if somebody listens at all: for callers whose values are costly to make. */
  get active(): boolean {
    return this.#listeners.size > 0;
  }

  point(name: string, values: Readonly<Record<string, unknown>>): void {
    if (this.#listeners.size === 0) return;
    for (const key of [name, '*'])
      for (const listener of this.#listeners.get(key) ?? []) listener(name, values);
  }
}
