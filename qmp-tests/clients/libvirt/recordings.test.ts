import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventOf } from '../../differential/messages.ts';
import { LiveProgram, type Wire } from '../../qmp/live-program.ts';
import { fullDomain, minimalDomain, probe } from './domains.ts';
import { exceptedLines } from './exceptions.ts';
import { comparable, readSteps, type Step } from './session.ts';

/** A process, and the recordings of conversations with it, in their order. */
interface Session {
  readonly title: string;
  readonly recordings: readonly string[];
  readonly args: (folder: string) => readonly string[];
  readonly guest: 'linux' | 'none';
}

const HOSTDEVS = [
  { driver: 'vfio-pci', host: '0000:41:00.0', id: 'hostdev0', bus: 'pci.1.0', addr: '0x1' },
  { driver: 'spapr-pci-host-bridge', index: 2, id: 'pci.2' },
  { driver: 'vfio-pci', host: '0000:42:00.0', id: 'hostdev1', bus: 'pci.2.0', addr: '0x1' },
];

const SESSIONS: readonly Session[] = [
  {
    title: 'what an emulator is asked first',
    recordings: ['probe-ppc64'],
    args: probe,
    guest: 'none',
  },
  {
    title: 'a domain, from its start to libvirt’s own restart',
    recordings: [
      ...['domain-start', 'domain-info-paused', 'hotplug-net', 'hotplug-net-tap', 'hotplug-disk'],
      ...['hotplug-net-phb1', 'hotplug-dimm', 'hotplug-hostdev', 'hotplug-hostdev-alias', 'hotplug-errors'],
      ...['monitor-command', 'detach-rejected', 'detach-timeout', 'detach-late-deleted', 'domain-lifecycle'],
      ...['domain-info-running', 'domain-reboot', 'domain-reconnect'],
    ],
    args: fullDomain,
    guest: 'none',
  },
  { title: 'processors', recordings: ['domain-start', 'hotplug-vcpu'], args: fullDomain, guest: 'none' },
  {
    title: 'a domain that is destroyed',
    recordings: ['domain-start-and-destroy'],
    args: fullDomain,
    guest: 'none',
  },
  {
    title: 'a domain without devices',
    recordings: ['domain-start-minimal'],
    args: minimalDomain,
    guest: 'none',
  },
  {
    title: 'a domain with devices of the host',
    recordings: ['domain-start-hostdev'],
    args: folder => fullDomain(folder, HOSTDEVS),
    guest: 'none',
  },
];

/** Recordings of devices that QEMU could not have had: what the recorder answered is what QEMU would have. */
const MADE_UP: ReadonlySet<string> = new Set(['hotplug-hostdev', 'hotplug-hostdev-alias']);

const DEFERRED = '"event":"DEVICE_DELETED"';

interface Difference {
  readonly recording: string;
  readonly line: number;
  readonly sent: string;
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** Sends what libvirt sent, each time once the answer is there, as it does. */
class Replay {
  readonly differences: Difference[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'qmpsim-libvirt-'));
  readonly #program: LiveProgram;
  #wire: Wire | undefined;
  readonly #events: string[] = [];

  constructor({ args, guest }: Session) {
    writeFileSync(join(this.#folder, 'master-key.aes'), Buffer.alloc(32, 'k'));
    for (const [name, size] of [
      ['d0.img', 64 << 20],
      ['d1.img', 64 << 20],
    ] as const) {
      writeFileSync(join(this.#folder, name), '');
      truncateSync(join(this.#folder, name), size);
    }
    const host = join(import.meta.dirname, 'host.json');
    this.#program = new LiveProgram([...args(this.#folder), '-guest', guest, '-host', host]);
  }

  async run(recordings: readonly string[]): Promise<void> {
    for (const recording of recordings) {
      for (const step of readSteps(recording)) await this.#step(recording, step);
      for (const actual of this.#events.splice(0))
        this.differences.push({ recording, line: 0, sent: 'nothing more', expected: undefined, actual });
    }
  }

  async #step(recording: string, step: Step): Promise<void> {
    const { command, reply, injected } = step;
    const events = step.events.filter(each => MADE_UP.has(recording) || !each.injected);
    if (command.execute === 'qmp_capabilities') await this.#connect();
    if (injected && !MADE_UP.has(recording)) return;
    const excepted = exceptedLines(recording);
    const sent = JSON.stringify(command).replace(/"filename":"/, `$&${this.#folder}/`);
    this.#wire?.send(`${sent}\r\n`);
    const actual = await this.#reply();
    const note = (line: number, expected: string | undefined, found: string | undefined) => {
      if (found !== expected) this.differences.push({ recording, line, sent, expected, actual: found });
    };
    note(step.line, reply, actual);
    // libvirt went on when these had come; those that are not expected to come are not waited for.
    for (const { line, text } of events) {
      // `virsh destroy` sends a signal.
      if (text.includes('"host-signal"')) this.#program.child.kill('SIGTERM');
      if (!excepted.has(line)) await this.#event(text);
    }
    for (const { line, text } of events) note(line, text, this.#take(text));
    // QEMU's threads let go of a device some time later, maybe after further commands.
    for (const event of this.#events.filter(each => !each.includes(DEFERRED))) {
      note(step.line, undefined, event);
      this.#take(event);
    }
  }

  async #connect(): Promise<void> {
    this.#wire?.close();
    this.#wire = await this.#program.connect('monitor.sock');
    const greeting = await this.#line();
    assert.match(greeting, /^\{"QMP": /);
  }

  async #line(): Promise<string> {
    return (await this.#wire?.line()) ?? '';
  }

  /** The next line that is no event. */
  async #reply(): Promise<string> {
    for (;;) {
      const line = await this.#line();
      if (eventOf(line) === undefined) return comparable(line, this.#folder);
      this.#events.push(comparable(line, this.#folder));
    }
  }

  async #event(text: string): Promise<void> {
    while (!this.#events.includes(text)) this.#events.push(comparable(await this.#line(), this.#folder));
  }

  #take(text: string): string | undefined {
    const index = this.#events.indexOf(text);
    return index < 0 ? undefined : this.#events.splice(index, 1)[0];
  }

  async stop(): Promise<void> {
    await this.#program.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

describe('libvirt’s conversations with QEMU, replayed: the answers are the same', () => {
  for (const session of SESSIONS) {
    describe(session.title, function () {
      this.timeout(60_000);
      let replay: Replay;
      before(async () => {
        replay = new Replay(session);
        await replay.run(session.recordings);
      });
      after(() => replay.stop());

      for (const recording of session.recordings) {
        it(recording, () => {
          const excepted = exceptedLines(recording);
          const found = replay.differences.filter(each => each.recording === recording);
          assert.deepEqual(
            found
              .filter(({ line }) => !excepted.has(line))
              .map(({ line, sent, expected, actual }) => `${line}: ${sent}\n- ${expected}\n+ ${actual}`),
            [],
          );
          assert.deepEqual(
            [...excepted].filter(line => !found.some(each => each.line === line)),
            [],
            'these lines agree now: exceptions.ts lists them still',
          );
        });
      }
    });
  }
});
