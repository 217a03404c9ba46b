import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireQemu } from '../helpers/beside-qemu.ts';
import { LiveProgram, type Wire } from '../qmp/live-program.ts';
import { Bridge } from './bridge.ts';
import { requireFile } from './installed.ts';

const SOURCE = join(import.meta.dirname, 'go-qemu/main.go');
/** Where Debian's packages have the sources of Go libraries. */
const GOPATH = '/usr/share/gocode';
const MACHINE = ['-M', 'pseries', '-nodefaults', '-display', 'none', '-S'];
const MONITORS = ['qmp', 'other'].flatMap(name => ['-qmp', `unix:${name}.sock,server=on,wait=off`]);

describe('go-qemu', () => {
  let folder: string;
  let program: LiveProgram;
  /** Another monitor of the same machine. */
  let other: Wire;
  let client: Bridge;

  before(function () {
    this.timeout(120_000);
    requireFile(this, '/usr/bin/go', 'golang-go');
    requireFile(
      this,
      join(GOPATH, 'src/github.com/digitalocean/go-qemu'),
      'golang-github-digitalocean-go-qemu-dev',
    );
    folder = mkdtempSync(join(tmpdir(), 'qmpsim-go-'));
    execFileSync('go', ['build', '-o', join(folder, 'client'), SOURCE], {
      env: {
        ...process.env,
        ...{ GOPATH, GO111MODULE: 'off', GOPROXY: 'off', GOFLAGS: '', CGO_ENABLED: '0' },
        GOCACHE: join(folder, 'cache'),
      },
    });
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    client?.kill();
    await program?.stop();
  });

  async function start(args: readonly string[] = [], emulator?: string): Promise<void> {
    const options = emulator === undefined ? {} : { program: emulator };
    program = new LiveProgram([...MACHINE, ...MONITORS, ...args], options);
    other = await (await program.connect('other.sock')).negotiate();
    client = new Bridge(join(folder, 'client'), ['unix', join(program.folder, 'qmp.sock')]);
  }

  const call = (Method: string) => client.call({ Method });
  const run = (execute: string, args: object) =>
    client.call({ Method: 'Run', Command: { execute, arguments: args } });

  it('asks what there is', async () => {
    await start(['-device', 'e1000,id=nic0,addr=3', '-smp', '2']);
    assert.deepEqual(await call('Capabilities'), ['oob']);
    assert.equal(await call('Version'), '7.2.22');
    assert.match(String(await call('PackageVersion')), /^qmpsim /);
    assert.equal(await call('Status'), 'StatusPreLaunch');
    assert.ok([await call('Commands')].flat().includes('x-query-vfio'));
    const [{ qdev_id, slot, id }] = Object([await call('PCIDevices')].flat());
    assert.deepEqual(
      { qdev_id, slot, id },
      { qdev_id: 'nic0', slot: 3, id: { vendor: 0x8086, device: 0x100e } },
    );
    // QEMU has had no such command since version 6.0.
    await assert.rejects(call('CPUs'), { message: 'The command query-cpus has not been found' });
    await client.end();
  });

  for (const [driver, options] of [
    ['e1000', {}],
    ['vfio-pci', { host: '0001:00:00.0' }],
  ] as const) {
    it(`plugs and unplugs ${driver}`, async () => {
      await start();
      const ids = async () => [await call('PCIDevices')].flat().map(device => Object(device).qdev_id);
      await run('device_add', { driver, id: 'dev0', ...options });
      assert.deepEqual(await ids(), ['dev0']);
      await assert.rejects(run('device_add', { driver, id: 'dev0', ...options }), {
        message: "Duplicate device ID 'dev0'",
      });
      await run('device_del', { id: 'dev0' });
      const deleted = { device: 'dev0', path: '/machine/peripheral/dev0' };
      assert.deepEqual(await client.event('DEVICE_DELETED'), deleted);
      assert.deepEqual(await ids(), []);
      await assert.rejects(run('device_del', { id: 'dev0' }), { message: "Device 'dev0' not found" });
      await client.end();
    });
  }

  it('lets the machine run, resets it, and turns it off', async () => {
    await start();
    await run('cont', {});
    await client.event('RESUME');
    assert.equal(await call('Status'), 'StatusRunning');
    await call('SystemReset');
    assert.deepEqual(await client.event('RESET'), { guest: false, reason: 'host-qmp-system-reset' });
    await call('SystemPowerdown');
    await client.event('POWERDOWN');
    assert.deepEqual(await client.event('SHUTDOWN'), { guest: true, reason: 'guest-shutdown' });
    await other.end();
  });

  it('leaves the machine to the next client', async () => {
    await start();
    await call('Status');
    const next = await program.connect('qmp.sock');
    await client.end();
    await next.negotiate();
    assert.deepEqual(await other.execute('query-name'), {});
  });

  it('is told the same as by QEMU', async function () {
    requireQemu(this, 'ppc64');
    const told = [];
    for (const emulator of [undefined, 'qemu-system-ppc64']) {
      await start(
        [
          '-blockdev',
          `driver=file,filename=${disk()},node-name=d0`,
          '-device',
          'virtio-blk-pci,drive=d0,id=blk0',
        ],
        emulator,
      );
      const answers = [];
      for (const method of ['Version', 'Status', 'PCIDevices', 'BlockDevices', 'BlockStats', 'BlockJobs']) {
        answers.push([method, await call(method)]);
      }
      answers.push(await run('device_add', { driver: 'e1000', id: 'nic0', addr: '5' }));
      answers.push(await call('PCIDevices'));
      answers.push(await run('device_del', { id: 'nic0' }), await client.event('DEVICE_DELETED'));
      await client.end();
      await program.stop();
      told.push(answers);
    }
    assert.deepEqual(told[0], told[1]);
  });

  function disk(): string {
    const path = join(folder, 'disk.raw');
    writeFileSync(path, '');
    truncateSync(path, 1 << 20);
    return path;
  }
});
