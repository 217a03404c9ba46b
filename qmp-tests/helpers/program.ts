import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { QmpClient } from './qmp-client.ts';

const ROOT = join(import.meta.dirname, '../..');
const DIST = join(ROOT, 'dist');

export type ProgramName = 'qmpsim' | 'qmpsim-system-ppc64' | 'qmpsim-system-x86_64';

/** Path of the built program; builds it first if it is missing or older than its sources. */
export function builtProgram(name: ProgramName = 'qmpsim-system-ppc64'): string {
  const path = join(DIST, name);
  if (!existsSync(path) || statSync(path).mtimeMs < newestSource()) {
    execFileSync(process.execPath, ['--import', 'tsx', 'src/build/bundle.ts'], { cwd: ROOT });
  }
  return path;
}

function newestSource(): number {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return Math.max(...files.map(file => statSync(join(ROOT, 'src', file)).mtimeMs));
}

/** How a program ended. */
export interface ProgramEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A simulator in a process of its own, and a client of its monitor. */
export class RunningProgram {
  private constructor(
    readonly qmp: QmpClient,
    /** Resolves once the process has ended. */
    readonly end: Promise<ProgramEnd>,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  /**
   * Starts the program with a monitor on a unix socket, and negotiates.
   * @param args beyond `-display none -nodefaults` and the monitor
   * @param atHome in a folder of its own, where it may leave files
   * @throws if the process ends instead, with what it said
   */
  static start(args: readonly string[], name?: ProgramName, atHome = false): Promise<RunningProgram> {
    return RunningProgram.#start(builtProgram(name), args, atHome);
  }

  /** The same with QEMU itself. */
  static startQemu(args: readonly string[], name = 'qemu-system-ppc64'): Promise<RunningProgram> {
    return RunningProgram.#start(name, args);
  }

  static async #start(command: string, args: readonly string[], atHome = false): Promise<RunningProgram> {
    const directory = mkdtempSync(join(tmpdir(), 'qmpsim-test-'));
    // The program connects to a listening test: nobody has to wait for a socket to appear.
    const server = createServer();
    const path = join(directory, 'qmp');
    await once(server.listen(path), 'listening');
    const monitor = ['-qmp', `unix:${path}`];
    const child = spawn(command, ['-display', 'none', '-nodefaults', ...monitor, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(atHome ? { cwd: directory } : {}),
    });
    const end = endOf(child);
    const failed = end.then(({ status, stderr }): never => {
      throw new Error(`the program ended with status ${status}: ${stderr}`);
    });
    try {
      const connected: Promise<Socket[]> = once(server, 'connection');
      const [socket] = await Promise.race([connected, failed]);
      assert(socket !== undefined);
      const qmp = await Promise.race([QmpClient.negotiate(socket), failed]);
      failed.catch(() => {});
      return new RunningProgram(qmp, end, child, directory);
    } catch (error) {
      rmSync(directory, { recursive: true });
      throw error;
    } finally {
      server.close();
    }
  }

  /** Ends the process, however it is, and removes its files. */
  async stop(): Promise<ProgramEnd> {
    this.qmp.close();
    this.child.kill('SIGKILL');
    const end = await this.end;
    rmSync(this.directory, { recursive: true, force: true });
    return end;
  }
}

/** Runs one of our programs that ends by itself. */
export function runProgram(args: readonly string[], name?: ProgramName): Promise<ProgramEnd> {
  return runCommand(builtProgram(name), args);
}

export function runCommand(command: string, args: readonly string[]): Promise<ProgramEnd> {
  return endOf(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
}

async function endOf(child: ChildProcess): Promise<ProgramEnd> {
  assert(child.stdout !== null && child.stderr !== null);
  const [stdout, stderr, [status, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { status, signal, stdout, stderr };
}
