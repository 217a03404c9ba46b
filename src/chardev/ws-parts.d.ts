import type { Writable } from 'node:stream';

/** Parts that `ws` exports and its type definitions do not know of. */
declare module 'ws' {
  /** Reads frames; emits `message` (Buffer, whether binary), `ping`, `pong` (Buffer), `conclude` and `error`. */
  export class Receiver extends Writable {
    constructor(options: {
      readonly isServer: boolean;
      /** Bytes of the longest message. */
      readonly maxPayload: number;
      readonly skipUTF8Validation: boolean;
      readonly allowSynchronousEvents: boolean;
    });
  }

  export const Sender: {
    /** The parts of a frame, to be written one after the other. */
    frame(
      data: Buffer,
      options: {
        readonly fin: boolean;
        readonly rsv1: boolean;
        readonly opcode: number;
        readonly mask: boolean;
        readonly readOnly: boolean;
      },
    ): readonly Buffer[];
  };
}
