import type { Client } from './client.ts';
import { Emulator } from './emulator.ts';
import { idleFirmware, idlePcFirmware } from './idle-firmware.ts';
import { canonical, eventOf } from './messages.ts';

/** How long a reply may take, ms. */
const REPLY_PATIENCE = 10_000;
/** How long to wait for an event that the other side has sent already, ms. */
const EVENT_PATIENCE = 8_000;
/** How long until who has not said enough is nudged, ms. */
const NUDGE_INTERVAL = 500;
const NUDGE = 'nudge';

/** Comes when QEMU's threads have let go of the device, some time after the reply. */
const DEFERRED = 'DEVICE_DELETED';

const FIRMWARE = 'idle.bin';

/** Contents by name. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** What the two said differently. */
export interface Disagreement {
  readonly qemu: readonly string[];
  readonly ours: readonly string[];
}

/** One of the two, and what it has said. */
class Side {
  readonly deferred: string[] = [];
  isGone = false;
  #lines: string[] = [];

  constructor(
    readonly emulator: Emulator,
    readonly client: Client,
  ) {}

  static async start(program: string, args: readonly string[], files: Files): Promise<Side> {
    const emulator = new Emulator(program, [...args, '-qmp', 'unix:qmp.sock,server=on,wait=off'], files);
    const client = await emulator.connect('qmp.sock');
    if (client === undefined) {
      const { stderr } = await emulator.stop();
      throw new Error(`${program} does not start: ${stderr}`);
    }
    return new Side(emulator, client);
  }

  /** Waits for the reply with this id. @returns what came before it, as it came */
  async until(id: string): Promise<readonly string[]> {
    const suffix = `"id": "${id}"}`;
    const isThere = () => {
      for (const line of this.client.takeLines()) {
        if (eventOf(line) === DEFERRED) this.deferred.push(canonical(line));
        else if (!line.includes(NUDGE)) this.#lines.push(line);
      }
      return this.#lines.at(-1)?.endsWith(suffix) ?? false;
    };
    const came = await this.client.until(isThere, REPLY_PATIENCE);
    const lines = this.#lines;
    this.#lines = [];
    this.isGone = !came;
    return came ? lines.slice(0, -1) : [...lines, this.client.ended ? '(has ended)' : '(does not answer)'];
  }

  /**
   * Waits until so many events that are deferred have come. QEMU's threads sometimes miss that they could go on;
   * a device that cannot be added makes it wait for them.
   */
  async untilDeferred(count: number, milliseconds: number): Promise<void> {
    const arrived = () => {
      for (const line of this.client.takeLines()) {
        if (eventOf(line) === DEFERRED) this.deferred.push(canonical(line));
        else if (!line.includes(NUDGE)) this.#lines.push(line);
      }
      return this.deferred.length >= count;
    };
    for (let waited = 0; waited < milliseconds && !this.client.ended; waited += NUDGE_INTERVAL) {
      if (await this.client.until(arrived, NUDGE_INTERVAL)) return;
      this.client.send(`{"execute":"device_add","arguments":{"driver":"none"},"id":"${NUDGE}"}\n`);
    }
  }
}

/** QEMU and our program, started with the same arguments and sent the same bytes. */
export class Twins {
  #steps = 0;

  private constructor(
    private readonly qemu: Side,
    private readonly ours: Side,
  ) {}

  /** Both run a guest that does nothing. @param files what both find in their folders */
  static async start(args: readonly string[], qemu: string, ours: string, files: Files = {}): Promise<Twins> {
    const firmware = qemu.endsWith('ppc64') ? idleFirmware() : idlePcFirmware();
    const own = { ...files, [FIRMWARE]: firmware };
    const all = [...args, '-bios', FIRMWARE];
    const sides = await Promise.all([
      Side.start(qemu, all, own),
      Side.start(ours, [...all, '-guest', 'none'], own),
    ]);
    return new Twins(...sides);
  }

  /** QEMU has crashed or hangs: what it was sent last should be avoided. */
  get qemuIsGone(): boolean {
    return this.qemu.isGone;
  }

  /**
   * Sends the same to both, and waits for their answers and for all events that either has announced.
   * @returns what QEMU said, canonical, and where ours said something else
   */
  async send(bytes: string): Promise<{ readonly said: readonly string[]; readonly differs?: Disagreement }> {
    const id = `step ${this.#steps++}`;
    for (const { client } of [this.qemu, this.ours]) {
      client.send(Buffer.from(bytes, 'latin1'));
      client.send(`{"execute":"query-name","id":"${id}"}\n`);
    }
    const [qemuLines, ourLines] = await Promise.all([this.qemu.until(id), this.ours.until(id)]);
    await this.#settle();
    const qemu = [...qemuLines.map(canonical), ...this.qemu.deferred.splice(0)];
    const ours = [...ourLines.map(canonical), ...this.ours.deferred.splice(0)];
    const same = qemu.length === ours.length && qemu.every((line, index) => line === ours[index]);
    return { said: qemuLines, ...(same ? {} : { differs: { qemu, ours } }) };
  }

  /** Lets the one that has announced less catch up. */
  async #settle(): Promise<void> {
    const sides = [this.qemu, this.ours];
    const most = () => Math.max(...sides.map(({ deferred }) => deferred.length));
    // While one catches up, the other may announce more.
    let count: number;
    do {
      count = most();
      await Promise.all(sides.map(side => side.untilDeferred(count, EVENT_PATIENCE)));
    } while (most() > count);
  }

  async stop(): Promise<void> {
    await Promise.all([this.qemu, this.ours].map(side => side.emulator.stop()));
  }
}
