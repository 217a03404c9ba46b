import { createReadStream, createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { isatty, ReadStream, WriteStream } from 'node:tty';

/** What comes from one descriptor and goes to another, whatever they lead to; both are closed with it. */
export function duplexOf(input: number, output: number): Duplex {
  const readable = readerOf(input);
  const writable = writerOf(output);
  const stream = Duplex.from({ readable, writable });
  stream.on('close', () => {
    readable.destroy();
    writable.destroy();
  });
  return stream;
}

function readerOf(fd: number): Readable {
  if (isatty(fd)) return new ReadStream(fd).setRawMode(true).pause();
  if (isPipe(fd)) return new Socket({ fd, readable: true, writable: false }).pause();
  return createReadStream('', { fd });
}

function writerOf(fd: number): Writable {
  if (isatty(fd)) return new WriteStream(fd);
  if (isPipe(fd)) return new Socket({ fd, readable: false, writable: true });
  return createWriteStream('', { fd });
}

function isPipe(fd: number): boolean {
  const kind = fstatSync(fd);
  return kind.isFIFO() || kind.isSocket();
}
