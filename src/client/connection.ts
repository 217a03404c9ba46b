import type { Socket } from 'node:net';
import type { JsonValue } from '../base/json.ts';
import { JsonWriter } from '../qmp/json-writer.ts';
import { MessageReader } from '../qmp/message-reader.ts';

/** JSON messages over a socket, with 64-bit integers exact both ways. */
export class JsonConnection {
  readonly #reader = new MessageReader();
  readonly #writer = new JsonWriter();

  /**
   * @param received takes each message of the server
   * @param ended called once, when the socket is gone, with the reason if there is one
   */
  constructor(
    private readonly socket: Socket,
    received: (message: JsonValue) => void,
    ended: (reason: Error | undefined) => void,
  ) {
    let reason: Error | undefined;
    socket.on('data', (chunk: Uint8Array) => {
      this.#reader.push(chunk);
      for (let message = this.#reader.next(); message !== undefined; message = this.#reader.next()) {
        if ('value' in message) received(message.value);
        else socket.destroy(new Error(`the server does not speak QMP: ${message.error}`));
      }
    });
    socket.on('error', error => {
      reason = error;
    });
    socket.once('close', () => ended(reason));
  }

  /** @throws TypeError for what JSON cannot hold */
  send(message: object): void {
    this.socket.write(`${this.#writer.compact(message)}\n`);
  }

  close(): void {
    this.socket.end();
  }
}
