/** Kinds of ports (PCI Express 4.0, 7.5.3.2: device/port type). */
export const PORT_TYPE = { root: 4, upstream: 5, downstream: 6, expressToPci: 7 } as const;

declare module '../qom/type.ts' {
  interface ClassData {
    /** For bridges with a PCI Express capability: one of `PORT_TYPE`. */
    readonly portType?: number;
  }
}
