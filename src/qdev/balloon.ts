/** A device by which the host takes memory back from the guest. */
export interface Balloon {
  /** Bytes that the guest can use. */
  readonly actual: bigint;
  /** Asks the guest to keep to this many bytes. */
  resize(target: bigint): void;
}
