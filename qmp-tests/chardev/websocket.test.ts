import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { QEMU_VERSION } from '../../src/commands/version.ts';
import { LiveProgram, type Wire } from '../qmp/live-program.ts';
import { withoutTime } from '../qmp/transcripts.ts';

interface Frame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly masked: boolean;
  readonly rsv?: number;
  readonly text?: string;
  readonly hex?: string;
  readonly length?: number;
  readonly closeCode?: number;
  readonly closeText?: string;
}

interface Line {
  readonly argv?: readonly string[];
  readonly note?: string;
  readonly mon?: string;
  readonly open?: string;
  readonly send?: string;
  readonly recv?: unknown;
  readonly sendHttp?: string;
  readonly recvHttp?: string;
  readonly recvRaw?: string;
  readonly sendFrame?: Frame & { readonly described?: string };
  readonly recvFrame?: Frame;
  readonly eof?: boolean;
}

interface Section {
  readonly argv: readonly string[];
  readonly note: string;
  readonly lines: readonly Line[];
}

function sections(): readonly Section[] {
  const file = new URL('../qmp/transcripts/protocol-websocket.jsonl', import.meta.url);
  const found: (Section & { lines: Line[] })[] = [];
  for (const text of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const line: Line = JSON.parse(text);
    if (line.argv !== undefined) found.push({ argv: line.argv, note: line.note ?? '', lines: [] });
    else found.at(-1)?.lines.push(line);
  }
  return found;
}

/** Where we differ from QEMU on purpose, or cannot be compared. */
const EXCEPTIONS: { readonly [note: string]: string | undefined } = {
  'the same with mux=on': 'QEMU never answers behind a multiplexer',
  'handshake: origin header': 'a page from elsewhere is sent away',
  'frame: reserved bit set': 'QEMU takes no notice of reserved bits',
};

/** A frame as a client sends it. */
function encode(frame: Frame): Buffer {
  const payload = Buffer.from(frame.hex ?? frame.text ?? '', frame.hex === undefined ? 'utf8' : 'hex');
  const mask = frame.masked ? Buffer.from('01020304', 'hex') : Buffer.alloc(0);
  const length = payload.length;
  const head = Buffer.alloc(length < 126 ? 2 : length < 0x10000 ? 4 : 10);
  head[0] = (frame.fin ? 0x80 : 0) | ((frame.rsv ?? 0) << 4) | frame.opcode;
  head[1] = (frame.masked ? 0x80 : 0) | (length < 126 ? length : length < 0x10000 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  const body = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([head, mask, frame.masked ? body : payload]);
}

/** The next frame from the server. */
async function decode(wire: Wire): Promise<Frame> {
  const head = Buffer.from(await wire.bytes(2), 'latin1');
  const [first = 0, second = 0] = head;
  let length = second & 0x7f;
  if (length === 126) length = Buffer.from(await wire.bytes(2), 'latin1').readUInt16BE();
  else if (length === 127) length = Number(Buffer.from(await wire.bytes(8), 'latin1').readBigUInt64BE());
  const text = await wire.bytes(length);
  return { fin: first >= 0x80, opcode: first & 15, masked: second >= 0x80, text, length };
}

/** The schema is another one, but comes in frames of the same size. */
function isComparable({ sendFrame, recvFrame }: Line): boolean {
  const isLong = recvFrame?.text?.endsWith('...') === true;
  return !/query-qmp-schema/.test(sendFrame?.text ?? '') && (!isLong || /zzz/.test(recvFrame.text ?? ''));
}

/** After a frame of more than 64 KiB QEMU misreads what follows it. */
function confusion(lines: readonly Line[]): number | undefined {
  const long = lines.findIndex(({ sendFrame }) => sendFrame?.described !== undefined);
  const next = lines.findIndex(({ sendFrame }, index) => index > long && sendFrame !== undefined);
  const reply = lines.findIndex(
    ({ recvFrame }, index) => index > next && /expecting value/.test(recvFrame?.text ?? ''),
  );
  return long < 0 || reply < 0 ? undefined : reply;
}

class WebSocketReplay {
  readonly #wires = new Map<string, Wire>();
  #web: Wire | undefined;

  constructor(private readonly program: LiveProgram) {}

  async run(lines: readonly Line[]): Promise<void> {
    try {
      for (const line of lines) await this.#step(line);
    } finally {
      this.#web?.close();
    }
  }

  async #step(line: Line): Promise<void> {
    if (line.open !== undefined) {
      const name = line.open.replace(/^unix:| \(websocket\)$/g, '');
      const wire = await this.program.connect(name);
      if (line.mon === undefined) this.#web = wire;
      else this.#wires.set(line.mon, wire);
      return;
    }
    const wire = line.mon === undefined ? this.#web : this.#wires.get(line.mon);
    assert.ok(wire !== undefined);
    if (line.sendHttp !== undefined) wire.send(line.sendHttp);
    else if (line.send !== undefined) wire.send(line.send);
    else if (line.sendFrame !== undefined) wire.send(encode(described(line.sendFrame)));
    else if (line.recvFrame !== undefined) await this.#frame(wire, line.recvFrame);
    else if (line.recv !== undefined) {
      assert.deepEqual(JSON.parse(withoutTime(await wire.line())), timeless(line.recv));
    } else if (line.recvHttp !== undefined || line.recvRaw !== undefined) {
      const expected = line.recvHttp ?? line.recvRaw ?? '';
      const actual = await wire.bytes(expected.length - '<date>'.length + new Date().toUTCString().length);
      assert.equal(actual.replace(/(?<=Date: ).*(?=\r)/, '<date>'), expected);
    } else if (line.eof === true) {
      await wire.end();
      assert.equal(wire.text, '');
    }
  }

  async #frame(wire: Wire, expected: Frame): Promise<void> {
    const frame = await decode(wire);
    assert.deepEqual(
      { fin: frame.fin, opcode: frame.opcode, masked: frame.masked },
      { fin: expected.fin, opcode: expected.opcode, masked: expected.masked },
    );
    const text = frame.text ?? '';
    if (expected.closeCode !== undefined) {
      assert.equal(Buffer.from(text, 'latin1').readUInt16BE(), expected.closeCode);
      assert.equal(text.slice(2), expected.closeText);
    } else if (expected.text?.endsWith('...') === true) {
      assert.equal(frame.length, expected.length);
      assert.equal(text.slice(0, 100), expected.text.slice(0, 100));
    } else assert.equal(withoutTime(text), withoutTime(ours(expected.text ?? '')));
  }
}

function described(frame: Frame & { readonly described?: string }): Frame {
  if (frame.described === undefined) return frame;
  const start = '{"execute":"query-name","id":"';
  return { ...frame, text: `${start}${'z'.repeat((frame.length ?? 0) - start.length - 2)}"}` };
}

function timeless(message: unknown): unknown {
  return JSON.parse(ours(withoutTime(JSON.stringify(message).replaceAll('onds":', 'onds": '))));
}

function ours(text: string): string {
  return text.replace('Debian 1:7.2+dfsg-7+deb12u18+b3', QEMU_VERSION.package);
}

describe('WebSocket, as recorded from QEMU', () => {
  let program: LiveProgram;
  let shared: LiveProgram;
  before(() => {
    shared = new LiveProgram([
      ...['-display', 'none', '-nodefaults', '-S'],
      ...['-chardev', 'socket,id=w,path=qmp.sock,server=on,wait=off,websocket=on'],
      ...['-mon', 'chardev=w,mode=control'],
    ]);
  });
  afterEach(() => program?.stop());
  after(() => shared.stop());

  for (const { argv, note, lines } of sections()) {
    if (EXCEPTIONS[note] !== undefined) continue;
    const compared = lines.slice(0, confusion(lines)).filter(isComparable);
    it(note.split(';')[0] ?? '', async () => {
      // QEMU needs no machine for handshakes and single frames; we need not even another process.
      if (argv.includes('none') && !argv.includes('pseries')) {
        await new WebSocketReplay(shared).run(compared);
        return;
      }
      program = new LiveProgram(argv.slice(1));
      await new WebSocketReplay(program).run(compared);
    });
  }

  it('sends away a web page from elsewhere, but not one of this host', async () => {
    for (const [origin, status] of [
      ['http://example.com', '403 Forbidden'],
      ['null', '403 Forbidden'],
      ['http://localhost.example.com', '403 Forbidden'],
      ['http://localhost:8080', '101 Switching Protocols'],
      ['https://127.0.0.1', '101 Switching Protocols'],
    ] as const) {
      const wire = await shared.connect();
      const headers = [
        ...['GET / HTTP/1.1', 'Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade'],
        ...['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13'],
      ];
      wire.send(`${[...headers, `Origin: ${origin}`].join('\r\n')}\r\n\r\n`);
      assert.equal(await wire.line(), `HTTP/1.1 ${status}`);
      wire.close();
    }
  });
});
