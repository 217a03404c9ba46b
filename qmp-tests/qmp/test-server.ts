import { VirtualClock } from '../../src/base/clock.ts';
import { type HardwareError, QmpError } from '../../src/base/errors.ts';
import { validators as control } from '../../src/generated/validators/control.js';
import { validators as machine } from '../../src/generated/validators/machine.js';
import { validators as misc } from '../../src/generated/validators/misc.js';
import { validators as pci } from '../../src/generated/validators/pci.js';
import { validators as qom } from '../../src/generated/validators/qom.js';
import { validators as runState } from '../../src/generated/validators/run-state.js';
import { validators as yank } from '../../src/generated/validators/yank.js';
import { Dispatcher, type Handlers } from '../../src/qmp/dispatch.ts';
import { MonitorSet } from '../../src/qmp/monitors.ts';
import { MemoryChardev, type MemoryClient } from './memory-chardev.ts';

const VALIDATORS = { ...control, ...machine, ...misc, ...pci, ...qom, ...runState, ...yank };

type Empty = Record<string, never>;
// biome-ignore lint/suspicious/noConfusingVoidType: as the generated types of commands that return nothing.
type Nothing = void;

/** The few commands that the protocol's own tests need. */
export interface TestCommands {
  qmp_capabilities: { readonly arguments: { readonly enable?: readonly 'oob'[] }; readonly returns: Nothing };
  'query-name': { readonly arguments: Empty; readonly returns: object };
  'query-version': { readonly arguments: Empty; readonly returns: object };
  'query-status': { readonly arguments: Empty; readonly returns: object };
  'query-pci': { readonly arguments: Empty; readonly returns: readonly object[] };
  'query-memory-devices': { readonly arguments: Empty; readonly returns: readonly object[] };
  'query-yank': { readonly arguments: Empty; readonly returns: readonly object[] };
  yank: { readonly arguments: { readonly instances: readonly unknown[] }; readonly returns: Nothing };
  'qom-list': { readonly arguments: { readonly path: string }; readonly returns: readonly object[] };
  'qom-list-types': { readonly arguments: object; readonly returns: readonly object[] };
  stop: { readonly arguments: Empty; readonly returns: Nothing };
  cont: { readonly arguments: Empty; readonly returns: Nothing };
  system_reset: { readonly arguments: Empty; readonly returns: Nothing };
  quit: { readonly arguments: Empty; readonly returns: Nothing };
  /** Takes time: until `TestServer.complete`. */
  slow: { readonly arguments: object; readonly returns: string };
  /** Fails otherwise than with a `QmpError`. */
  fail: { readonly arguments: object; readonly returns: Nothing };
}

export const VERSION = {
  qemu: { major: 7, minor: 2, micro: 22 },
  package: 'Debian 1:7.2+dfsg-7+deb12u18+b3',
};

/** Monitors over memory, before a machine that can do next to nothing. */
export class TestServer {
  readonly clock = new VirtualClock(1_795_374_811_000_000);
  readonly log: string[] = [];
  readonly hardwareErrors: HardwareError[] = [];
  readonly dispatcher: Dispatcher<null, TestCommands>;
  readonly monitors: MonitorSet<null, TestCommands>;
  status = 'prelaunch';
  failure: unknown = new Error('broken');
  readonly #deferred: (() => void)[] = [];
  readonly #pending: ((result: string) => void)[] = [];

  /** @param defer how sessions let others have a turn; without it, only `settle` lets them go on */
  constructor(defer?: (callback: () => void) => void) {
    this.dispatcher = new Dispatcher({
      documents: [{ handlers: this.#handlers(), validators: VALIDATORS }],
      traits: { 'query-yank': { allowOob: true }, yank: { allowOob: true } },
    });
    this.monitors = new MonitorSet({
      dispatcher: this.dispatcher,
      version: VERSION,
      clock: this.clock,
      log: line => this.log.push(line),
      hardwareError: error => this.hardwareErrors.push(error),
      defer: defer ?? (callback => this.#deferred.push(callback)),
    });
    this.monitors.open(null);
  }

  chardev(options?: { readonly pretty?: boolean }): MemoryChardev {
    const chardev = new MemoryChardev('compat_monitor0');
    this.monitors.add(chardev, options);
    return chardev;
  }

  /** A client that was greeted and has negotiated. */
  client(enable: readonly string[] = []): MemoryClient {
    const client = this.chardev().connect();
    client.send(JSON.stringify({ execute: 'qmp_capabilities', arguments: { enable } }));
    client.take();
    return client;
  }

  emit(event: string, data?: object): void {
    this.monitors.sendEvent(event, data, this.clock.wallMicroseconds());
  }

  /** Ends the command `slow` that has been executed longest. */
  async complete(result: string): Promise<void> {
    this.#pending.shift()?.(result);
    await this.settle();
  }

  /** Lets everything happen that is due. */
  async settle(): Promise<void> {
    await new Promise(setImmediate);
    for (let next = this.#deferred.shift(); next !== undefined; next = this.#deferred.shift()) next();
    await new Promise(setImmediate);
  }

  #handlers(): Handlers<null, TestCommands> {
    return {
      qmp_capabilities: () => {
        const text = 'Capabilities negotiation is already complete, command ignored';
        throw new QmpError(text, 'CommandNotFound');
      },
      'query-name': () => ({}),
      'query-version': () => VERSION,
      'query-status': () => ({
        running: this.status === 'running',
        singlestep: false,
        status: this.status,
      }),
      'query-pci': () => [{ bus: 0, devices: [] }],
      'query-memory-devices': () => [],
      'query-yank': () => [{ id: 'compat_monitor0', type: 'chardev' }],
      yank: () => {},
      'qom-list': () => [],
      'qom-list-types': () => [],
      stop: () => {
        this.status = 'paused';
        this.emit('STOP');
      },
      cont: () => {
        this.status = 'running';
        this.emit('RESUME');
      },
      system_reset: () => this.emit('RESET', { guest: false, reason: 'host-qmp-system-reset' }),
      quit: () => {
        this.emit('SHUTDOWN', { guest: false, reason: 'host-qmp-quit' });
        this.monitors.close();
      },
      slow: () => new Promise(resolve => this.#pending.push(resolve)),
      fail: () => {
        throw this.failure;
      },
    };
  }
}
