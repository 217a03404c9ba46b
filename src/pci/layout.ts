import { MemoryRegion, type RegionKind } from '../memory/region.ts';
import type { QomObject } from '../qom/object.ts';

/** A region that a device makes when it is realized: written down once per type, as data. */
export interface RegionPlan {
  readonly label: string;
  /** Bytes. */
  readonly size: bigint;
  readonly kind: RegionKind;
  readonly parts: readonly RegionPart[];
}

/** A region inside another one. */
export interface RegionPart {
  /** Bytes from the start of the outer region. */
  readonly offset: bigint;
  readonly region: RegionPlan;
  readonly priority: number;
}

/** A base address register and what is behind it. */
export interface BarPlan {
  /** 0–5. */
  readonly index: number;
  readonly type: 'memory' | 'io';
  readonly region: RegionPlan;
  readonly prefetch: boolean;
  readonly is64: boolean;
}

type Size = number | bigint;

function plan(kind: RegionKind) {
  return (label: string, size: Size, ...parts: readonly RegionPart[]): RegionPlan => ({
    label,
    size: BigInt(size),
    kind,
    parts,
  });
}

/** Registers. */
export const io = plan('io');
/** Memory on the device. */
export const ram = plan('ram');
/** Nothing of its own, only parts. */
export const container = plan('container');

export function at(offset: Size, region: RegionPlan, priority = 0): RegionPart {
  return { offset: BigInt(offset), region, priority };
}

/** The table of MSI-X vectors and their pending bits, as parts of a BAR (PCI 3.0, 6.8.2). */
export function msix(vectors: number, tableAt: number, pendingAt: number): readonly RegionPart[] {
  const MSIX_ENTRY_SIZE = 16;
  return [
    at(tableAt, io('msix-table', vectors * MSIX_ENTRY_SIZE)),
    at(pendingAt, io('msix-pba', Math.ceil(vectors / 64) * 8)),
  ];
}

export function memoryBar(
  index: number,
  region: RegionPlan,
  { prefetch = false, is64 = false }: { readonly prefetch?: boolean; readonly is64?: boolean } = {},
): BarPlan {
  return { index, type: 'memory', region, prefetch, is64 };
}

export function portBar(index: number, region: RegionPlan): BarPlan {
  return { index, type: 'io', region, prefetch: false, is64: false };
}

/**
 * Makes the regions of a plan as children of `owner`.
 * @param made is told of each region, outer ones first
 */
export function makeRegions(
  owner: QomObject,
  { label, size, kind, parts }: RegionPlan,
  made: (region: MemoryRegion) => void,
): MemoryRegion {
  const region = new MemoryRegion(owner, label, size, kind);
  made(region);
  for (const { offset, region: inner, priority } of parts) {
    region.addSubregion(offset, makeRegions(owner, inner, made), priority);
  }
  return region;
}
