/** A device by which the host takes memory back from the guest. */
export interface Balloon {
  /** Bytes that the guest has put into it. */
  readonly inflated: bigint;
  /** Asks the guest to keep to this many bytes. */
  resize(target: bigint): void;
}
