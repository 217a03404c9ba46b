/** An adapter that the user described without naming a device: the board makes one of it. */
export interface NicSlot {
  /** Undefined for the board's own choice. */
  readonly model: string | undefined;
  readonly mac: string;
  /** MSI-X vectors, for models that let one choose. */
  readonly vectors: number | undefined;
  /** Where it is on the first PCI bus, as the user wrote it: `[[0:]0:]slot`. */
  readonly addr: string | undefined;
  /** The name of the backend that it is connected to. */
  readonly backend: string;
  /** Its own name, for complaints. */
  readonly name: string | undefined;
  /** Whether the board has made it. */
  isMade: boolean;
}
