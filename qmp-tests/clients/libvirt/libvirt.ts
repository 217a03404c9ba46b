import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { builtProgram, type ProgramName } from '../../helpers/program.ts';
import { Wire } from '../../qmp/live-program.ts';

const run = promisify(execFile);
const START_MS = 20_000;
/** One request of a client; libvirt itself gives a guest ten seconds to let a device go. */
const REQUEST_MS = 40_000;

/** libvirtd in namespaces of its own, and the client that comes with it. */
export class Libvirt {
  readonly folder = mkdtempSync(join(tmpdir(), 'qmpsim-libvirt-'));
  readonly #daemon: ChildProcess;
  readonly #uri = `qemu+unix:///system?socket=${this.folder}/socket/libvirt-sock`;
  #watcher: ChildProcess | undefined;

  private constructor() {
    const script = join(import.meta.dirname, 'libvirtd.sh');
    const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
    this.#daemon = spawn('unshare', [...namespaces, script, this.folder], { stdio: 'ignore' });
  }

  static async start(): Promise<Libvirt> {
    const libvirt = new Libvirt();
    for (let waited = 0; ; waited += 20) {
      if (existsSync(join(libvirt.folder, 'socket/libvirt-sock'))) return libvirt;
      const log = join(libvirt.folder, 'log');
      if (libvirt.#daemon.exitCode !== null || waited > START_MS)
        throw new Error(`libvirtd does not start: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
      await delay(20);
    }
  }

  /** A program that does as ours, on the host that is described beside this file. */
  emulator(name: ProgramName): string {
    const path = join(this.folder, name);
    const host = join(import.meta.dirname, 'host.json');
    writeFileSync(path, `#!/bin/sh\nexec ${builtProgram(name)} "$@" -host ${host}\n`, { mode: 0o755 });
    return path;
  }

  /** @returns the path of a new file */
  file(name: string, content: string | { readonly size: number }): string {
    const path = join(this.folder, name);
    writeFileSync(path, typeof content === 'string' ? content : '');
    if (typeof content !== 'string') truncateSync(path, content.size);
    return path;
  }

  /** @returns what `virsh` prints. @throws (rejects) with what it complains of */
  async virsh(...words: readonly string[]): Promise<string> {
    const { stdout } = await run('virsh', ['-q', '-c', this.#uri, ...words], { timeout: REQUEST_MS });
    return stdout.trim();
  }

  /** What happens from now on, a line each. */
  async events(): Promise<Wire> {
    this.#watcher = spawn('virsh', ['-c', this.#uri, 'event', '--all', '--loop'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { stdout } = this.#watcher;
    if (stdout === null) throw new Error('no output');
    return new Wire(stdout);
  }

  async stop(): Promise<void> {
    this.#watcher?.kill();
    const ended = once(this.#daemon, 'exit');
    // Whatever it had started ends with it.
    if (this.#daemon.exitCode === null && this.#daemon.kill('SIGKILL')) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
