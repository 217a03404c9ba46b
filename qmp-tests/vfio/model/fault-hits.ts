import type { Host } from '../../../src/host/host.ts';

/** How often operations of a host have failed because they were told to. */
export class FaultHits {
  private constructor(private readonly byOperation: ReadonlyMap<string, number>) {}

  static of({ faults }: Host): FaultHits {
    const hits = new Map<string, number>();
    for (const fault of faults.list()) hits.set(fault.op, (hits.get(fault.op) ?? 0) + fault.hits);
    return new FaultHits(hits);
  }

  /** What has come since then, while no fault was removed. */
  since({ byOperation: before }: FaultHits): FaultHits {
    const more = [...this.byOperation].map(([op, count]) => [op, count - (before.get(op) ?? 0)] as const);
    return new FaultHits(new Map(more.filter(([, count]) => count > 0)));
  }

  has(op: string): boolean {
    return this.byOperation.has(op);
  }

  get isEmpty(): boolean {
    return this.byOperation.size === 0;
  }

  /** Whether an operation of KVM is among them. */
  get areKvms(): boolean {
    return [...this.byOperation.keys()].some(op => op.startsWith('KVM_'));
  }

  get counts(): Iterable<readonly [op: string, count: number]> {
    return this.byOperation;
  }
}
