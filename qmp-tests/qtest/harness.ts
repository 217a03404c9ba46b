import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ProgramEnd, RunningProgram } from '../helpers/program.ts';
import type { Qmp } from '../helpers/wire.ts';

/** Starts a program with these arguments, ours or the original. */
export type Start = (args: readonly string[]) => Promise<RunningProgram>;

const WORK_AREA = 0x4000;
const ARGUMENTS = 0x2000;
const RETURNS = 0x2100;

/** A program driven by the qtest protocol, with a monitor besides: it connects to both, as with libqtest. */
export class Harness {
  readonly #lines: AsyncIterator<string>;

  private constructor(
    readonly program: RunningProgram,
    readonly socket: Socket,
    private readonly directory: string,
  ) {
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  /** @param args beyond those of the monitor and the protocol */
  static async start(args: readonly string[], start: Start = RunningProgram.start): Promise<Harness> {
    const directory = mkdtempSync(join(tmpdir(), 'qmpsim-qtest-'));
    const path = join(directory, 'qtest');
    const server = createServer();
    await once(server.listen(path), 'listening');
    try {
      const connected: Promise<Socket[]> = once(server, 'connection');
      const program = await start([...args, '-qtest', `unix:${path}`]);
      const [socket] = await connected;
      if (socket === undefined) throw new Error('nobody came');
      return new Harness(program, socket, directory);
    } catch (error) {
      rmSync(directory, { recursive: true });
      throw error;
    } finally {
      server.close();
    }
  }

  get qmp(): Qmp {
    return this.program.qmp;
  }

  /** The next line that comes; undefined at the end. */
  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : value;
  }

  /** @returns the reply, after what else was told before it */
  async ask(command: string): Promise<string> {
    this.socket.write(`${command}\n`);
    const told: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined) throw new Error(`${command} was not answered`);
      told.push(line);
      if (!line.startsWith('IRQ ')) return told.join('\n');
    }
  }

  /** Bytes of memory in hexadecimal. */
  async read(address: number, length: number): Promise<string> {
    return (await this.ask(`read ${address} ${length}`)).replace('OK 0x', '');
  }

  /** Does an RTAS call. @returns its return words, signed; those that it does not set are 0x5a5a5a5a */
  async rtas(name: string, args: readonly number[], returns: number): Promise<readonly number[]> {
    const bytes = Buffer.alloc(Math.max(4 * args.length, 4));
    for (const [index, word] of args.entries()) bytes.writeUInt32BE(word >>> 0, 4 * index);
    await this.ask(`write ${ARGUMENTS} ${bytes.length} 0x${bytes.toString('hex')}`);
    await this.ask(`memset ${RETURNS} 64 0x5a`);
    await this.ask(`rtas ${name} ${args.length} ${ARGUMENTS} ${returns} ${RETURNS}`);
    const answer = Buffer.from(await this.read(RETURNS, 4 * returns), 'hex');
    return Array.from({ length: returns }, (_, index) => answer.readInt32BE(4 * index));
  }

  /** Has a connector configured, step by step. @returns what each step told, and the last one's status */
  async configure(drcIndex: number): Promise<readonly string[]> {
    const told: string[] = [];
    await this.ask(`writel ${WORK_AREA} ${drcIndex}`);
    await this.ask(`writel ${WORK_AREA + 4} 0`);
    for (;;) {
      const [status = 0] = await this.rtas('ibm,configure-connector', [WORK_AREA, 0], 1);
      const area = Buffer.from(await this.read(WORK_AREA, 4096), 'hex');
      const text = (offset: number) => area.toString('latin1', offset, area.indexOf(0, offset));
      const [name, length, value] = [8, 12, 16].map(offset => area.readUInt32BE(offset)) as [
        number,
        number,
        number,
      ];
      if (status === 2) told.push(`node ${text(name)}`);
      else if (status === 3) told.push(`${text(name)} = ${area.toString('hex', value, value + length)}`);
      else told.push(`status ${status}`);
      if (status <= 0) return told;
    }
  }

  async stop(): Promise<ProgramEnd> {
    this.socket.destroy();
    const end = await this.program.stop();
    rmSync(this.directory, { recursive: true, force: true });
    return end;
  }
}
