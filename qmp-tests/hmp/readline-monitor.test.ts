import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { createMachine, type Simulator } from '../../src/index.ts';
import { MemoryChardev, type MemoryClient } from '../qmp/memory-chardev.ts';

const BANNER = "QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) ";

describe('a human monitor on a character device', () => {
  let simulator: Simulator;
  let chardev: MemoryChardev;
  beforeEach(async () => {
    simulator = createMachine({ paused: true, name: 'Grüße' });
    chardev = new MemoryChardev('mon0');
    await simulator.addHumanMonitor(chardev);
  });
  afterEach(() => simulator.close());

  /** The screen without the line editor's drawing: what is left on each line. */
  const readable = (text: string) =>
    Buffer.from(text.replaceAll(/[^\n]*\x1b\[D([^\n\x1b]*)\x1b\[K/g, '$1'), 'latin1').toString();

  /** What comes until it ends like this, or the machine ends. */
  async function until(client: MemoryClient, end: string): Promise<string> {
    let text = client.take();
    while (!client.isEnded && !readable(text).endsWith(end)) {
      await setImmediate();
      text += client.take();
    }
    return readable(text);
  }

  it('greets and answers', async () => {
    const client = chardev.connect();
    assert.equal(client.take(), BANNER);
    client.send('info name\r');
    assert.equal(await until(client, 'Grüße\r\n(qemu) '), 'info name\r\nGrüße\r\n(qemu) ');
  });

  it('executes lines one after the other', async () => {
    const client = chardev.connect();
    client.take();
    client.send('stop x\rinfo status\rcont\rinfo status\r');
    const text = await until(client, 'running\r\n(qemu) ');
    assert.deepEqual(text.split('\r\n'), [
      'stop x',
      'stop|s: extraneous characters at the end of line',
      'Try "help stop" for more information',
      'info status',
      'VM status: paused (prelaunch)',
      'cont',
      'info status',
      'VM status: running',
      '(qemu) ',
    ]);
  });

  it('remembers lines for the next client, but not what was not entered', async () => {
    const first = chardev.connect();
    first.send('info kvm\rinfo sta');
    await until(first, 'info sta');
    first.leave();
    const second = chardev.connect();
    assert.equal(second.take(), BANNER);
    second.send('\x1b[A');
    assert.equal(second.take(), 'info kvm\x1b[K');
  });

  it('waits for a client that does not read', async () => {
    const client = chardev.connect();
    client.stall();
    client.send('a');
    client.send('info uuid\r'.repeat(1000));
    await setImmediate();
    assert.equal(client.isPaused, true);
    assert.ok(client.backlog < 1000);
    client.relent();
    while (client.isPaused) await setImmediate();
    assert.equal(client.take().match(/00000000-0000/g)?.length, 999);
  });

  it('ends with the machine', async () => {
    const client = chardev.connect();
    client.take();
    client.send('quit\rinfo name\r');
    assert.equal(await until(client, '(qemu) '), 'quit\r\n');
    assert.equal(client.isEnded, true);
  });
});
