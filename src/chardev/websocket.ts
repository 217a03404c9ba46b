import { Duplex } from 'node:stream';
import type { Receiver, Sender } from 'ws';
import type { SocketLayer } from './socket-chardev.ts';
import { answerHandshake, answerTooLong, type HandshakeReply, MAX_REQUEST } from './websocket-handshake.ts';

const BINARY = 2;
const CLOSE = 8;
const PONG = 10;

/** Bytes of the longest frame sent; more goes into several. */
const MAX_FRAME = 8192;

/** Bytes of the longest message received: beyond it is no JSON token that could be read anyway. */
const MAX_MESSAGE = 80 * 1024 * 1024;

interface Closing {
  readonly code: number;
  readonly reason: string;
}

const GOODBYE: Closing = { code: 1000, reason: 'peer requested close' };
const UNSUPPORTED: Closing = {
  code: 1003,
  reason: 'only binary, close, ping, and pong frames are supported',
};

/** What QEMU says to what `ws` finds wrong with a frame. */
const CLOSINGS: { readonly [code: string]: Closing | undefined } = {
  WS_ERR_EXPECTED_MASK: { code: 1002, reason: 'client frames must be masked' },
  WS_ERR_INVALID_OPCODE: UNSUPPORTED,
  WS_ERR_EXPECTED_FIN: { code: 1008, reason: 'only binary frames may be fragmented' },
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: { code: 1002, reason: 'control frame is too large' },
  // A request to close is one, whatever reason it gives.
  WS_ERR_INVALID_CLOSE_CODE: GOODBYE,
  WS_ERR_INVALID_UTF8: GOODBYE,
  WS_ERR_UNEXPECTED_RSV_1: { code: 1002, reason: 'reserved bits must be clear' },
  WS_ERR_UNEXPECTED_RSV_2_3: { code: 1002, reason: 'reserved bits must be clear' },
};
const TOO_BIG: Closing = { code: 1009, reason: 'message is too big' };

/** The modules of `ws` that are needed; loaded when somebody wants a WebSocket. */
type Parts = { readonly Receiver: typeof Receiver; readonly Sender: typeof Sender };

/** The server's end of the WebSocket protocol (RFC 6455) as QEMU speaks it: a stream of bytes in binary frames. */
export async function webSocketLayer(): Promise<SocketLayer> {
  const parts: Parts = await import('ws');
  return {
    scheme: 'websocket',
    async open(stream) {
      const { reply, rest } = await readRequest(stream);
      stream.write(reply.text, 'latin1');
      if (!reply.accepted) {
        stream.end();
        // What the client still says is of no interest, but its end must be noticed.
        stream.resume();
        return new Promise(() => {});
      }
      return new WebSocketStream(stream, rest, parts);
    },
  };
}

/** Reads up to the empty line. */
function readRequest(stream: Duplex): Promise<{ readonly reply: HandshakeReply; readonly rest: Buffer }> {
  return new Promise((resolved, rejected) => {
    let request = Buffer.alloc(0);
    const finish = (reply: HandshakeReply, rest: Buffer) => {
      stream.off('data', receive).off('end', rejected).pause();
      resolved({ reply, rest });
    };
    const receive = (chunk: Buffer) => {
      request = Buffer.concat([request, chunk]);
      const end = request.subarray(0, MAX_REQUEST).indexOf('\r\n\r\n');
      if (end >= 0) {
        finish(answerHandshake(request.toString('latin1', 0, end)), request.subarray(end + 4));
      } else if (request.length >= MAX_REQUEST) finish(answerTooLong(), Buffer.alloc(0));
    };
    stream.on('data', receive).once('end', rejected).resume();
  });
}

class WebSocketStream extends Duplex {
  readonly #stream: Duplex;
  readonly #parts: Parts;
  readonly #receiver: Receiver;
  #isClosing = false;
  /** Answers to pings wait to be taken. */
  #isStalled = false;

  constructor(stream: Duplex, first: Buffer, parts: Parts) {
    super({ decodeStrings: false });
    this.#stream = stream;
    this.#parts = parts;
    this.#receiver = new parts.Receiver({
      isServer: true,
      maxPayload: MAX_MESSAGE,
      skipUTF8Validation: true,
      allowSynchronousEvents: true,
    });
    this.#receiver
      .on('message', (data: Buffer, isBinary: boolean) => {
        if (!isBinary) this.#conclude(UNSUPPORTED);
        else if (!this.push(data)) stream.pause();
      })
      .on('ping', (data: Buffer) => this.#pong(data))
      .on('conclude', () => this.#conclude(GOODBYE))
      .on('error', (error: Error & { readonly code?: string }) => this.#conclude(closingFor(error)));
    stream.on('data', (chunk: Buffer) => {
      if (!this.#isClosing) this.#receiver.write(chunk);
    });
    stream.on('end', () => this.push(null));
    stream.on('close', () => this.destroy());
    stream.pause();
    this.pause();
    if (first.length > 0) this.#receiver.write(first);
  }

  override _read(): void {
    this.#stream.resume();
  }

  /** Every line is sent for itself, as QEMU's monitor hands it over. */
  override _write(
    chunk: string | Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    if (this.#isClosing || bytes.length === 0) {
      done();
      return;
    }
    this.#stream.cork();
    for (let at = 0; at < bytes.length; ) {
      const newline = bytes.indexOf(0x0a, at);
      const end = Math.min(newline < 0 ? bytes.length : newline + 1, at + MAX_FRAME);
      this.#send(BINARY, bytes.subarray(at, end), end === bytes.length ? done : undefined);
      at = end;
    }
    process.nextTick(() => this.#stream.uncork());
  }

  override _final(done: () => void): void {
    this.#stream.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#receiver.removeAllListeners();
    this.#receiver.on('error', () => {});
    this.#receiver.end();
    this.#stream.destroy();
    done(error);
  }

  /** A client that does not listen is not read either. */
  #pong(data: Buffer): void {
    if (this.#send(PONG, data)) return;
    this.#stream.pause();
    if (this.#isStalled) return;
    this.#isStalled = true;
    this.#stream.once('drain', () => {
      this.#isStalled = false;
      this.#stream.resume();
    });
  }

  #send(opcode: number, payload: Buffer, done?: (error?: Error | null) => void): boolean {
    const options = { fin: true, rsv1: false, opcode, mask: false, readOnly: true };
    const frame = Buffer.concat(this.#parts.Sender.frame(payload, options));
    return this.#stream.write(frame, done);
  }

  /** Says why, and hangs up. */
  #conclude({ code, reason }: Closing): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const payload = Buffer.from(`\0\0${reason}`);
    payload.writeUInt16BE(code);
    this.#send(CLOSE, payload);
    this.#stream.end();
    this.#stream.resume();
    this.push(null);
  }
}

function closingFor(error: Error & { readonly code?: string }): Closing {
  // A close frame with a single byte is no longer than it may be.
  if (error.message.endsWith('invalid payload length 1')) return GOODBYE;
  return CLOSINGS[error.code ?? ''] ?? TOO_BIG;
}
