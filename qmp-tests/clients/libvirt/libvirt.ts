import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { builtProgram, type ProgramName } from '../../helpers/program.ts';
import { Wire } from '../../qmp/live-program.ts';
import { requireFile, skipAll } from '../installed.ts';

const run = promisify(execFile);
const START_MS = 20_000;
/** One request of a client; libvirt itself gives a guest ten seconds to let a device go. */
const REQUEST_MS = 40_000;

/** Skips the tests of a suite where libvirt cannot be had. @param test of a `before` hook */
export function requireLibvirt(test: Mocha.Context): void {
  requireFile(test, '/usr/sbin/libvirtd', 'libvirt-daemon');
  requireFile(test, '/usr/bin/virsh', 'libvirt-clients');
  requireFile(test, '/usr/bin/gcc', 'gcc');
  requireFile(
    test,
    '/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so',
    'libvirt-daemon-driver-qemu',
  );
  try {
    // The daemon has a place of its own, where it meets no other.
    execFileSync('unshare', ['--mount', '--pid', '--fork', 'true'], { stdio: 'ignore' });
  } catch {
    skipAll(test, 'no namespaces can be made here');
  }
}

/** libvirtd in namespaces of its own, and the client that comes with it. */
export class Libvirt {
  readonly folder = mkdtempSync(join(tmpdir(), 'qmpsim-libvirt-'));
  readonly #daemon: ChildProcess;
  readonly #uri = `qemu+unix:///system?socket=${this.folder}/socket/libvirt-sock`;
  #watcher: ChildProcess | undefined;
  #events: Wire | undefined;

  private constructor() {
    const script = join(import.meta.dirname, 'libvirtd.sh');
    const namespaces = ['--mount', '--pid', '--fork', '--mount-proc', '--kill-child'];
    this.#daemon = spawn('unshare', [...namespaces, script, this.folder], { stdio: 'ignore' });
  }

  static async start(): Promise<Libvirt> {
    const libvirt = new Libvirt();
    for (let waited = 0; ; waited += 20) {
      if (existsSync(join(libvirt.folder, 'socket/libvirt-sock'))) break;
      const log = join(libvirt.folder, 'log');
      if (libvirt.#daemon.exitCode !== null || waited > START_MS)
        throw new Error(`libvirtd does not start: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
      await delay(20);
    }
    libvirt.#watch();
    return libvirt;
  }

  #watch(): void {
    this.#watcher = spawn('virsh', ['-c', this.#uri, 'event', '--all', '--loop'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { stdout } = this.#watcher;
    if (stdout === null) throw new Error('no output');
    this.#events = new Wire(stdout);
  }

  /** Waits until libvirt tells of something: for this text, after what was waited for before. */
  async event(text: string): Promise<void> {
    await this.#events?.until(text);
  }

  /** A program that does as ours, on a host that is described beside this file. */
  emulator(name: ProgramName, hostFile = 'host.json'): string {
    const path = join(this.folder, `${name}-${hostFile}`);
    const host = join(import.meta.dirname, hostFile);
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

  /** Plugs a device by its description, and takes it away; libvirt tells of both. */
  async plugAndUnplug(domain: string, alias: string, description: string): Promise<void> {
    await this.plug(domain, alias, description);
    await this.unplug(domain, alias, description);
  }

  async plug(domain: string, alias: string, description: string): Promise<void> {
    await this.virsh('attach-device', domain, this.file('device.xml', description), '--live');
    await this.event(`event 'device-added' for domain '${domain}': `);
    // libvirt has another name for memory here.
    await this.event(`${alias}\n`);
    assert.match(await this.virsh('dumpxml', domain), new RegExp(`<alias name='${alias}'/>`));
  }

  async unplug(domain: string, alias: string, description: string): Promise<void> {
    await this.virsh('detach-device', domain, this.file('device.xml', description), '--live');
    await this.event(`event 'device-removed' for domain '${domain}': ${alias}\n`);
    assert.doesNotMatch(await this.virsh('dumpxml', domain), new RegExp(`<alias name='${alias}'/>`));
  }

  async stop(): Promise<void> {
    this.#watcher?.kill();
    const ended = once(this.#daemon, 'exit');
    // Whatever it had started ends with it.
    if (this.#daemon.exitCode === null && this.#daemon.kill('SIGKILL')) await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
