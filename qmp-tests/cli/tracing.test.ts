import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BesideQemu, requireQemu } from '../helpers/beside-qemu.ts';
import { RunningProgram, runProgram } from '../helpers/program.ts';

const COMMON = ['-M', 'pseries', '-accel', 'tcg', '-S', '-m', '1G'];

/** Events about connectors and windows, as far as nothing but what a client does can cause them. */
const EVENTS = ['spapr_drc_att*', 'spapr_drc_unplug_request', 'spapr_drc_await*', 'spapr_iommu_new_table'];

describe('traces, beside QEMU', function () {
  this.timeout(60_000);

  /** What both print about events, with the same for pointers. */
  async function printed(both: BesideQemu): Promise<string> {
    const [qemu, ours] = [await both.qemu.stop(), await both.ours.stop()].map(({ stderr }) =>
      stderr
        .split('\n')
        .filter(line => !line.includes("TCG doesn't support") && !line.includes('has no peer'))
        .map(line => line.replace(/table=0x\w+/, 'table=P').replace(/^(qemu|qmpsim)-system/, 'system'))
        .join('\n'),
    );
    assert.equal(ours, qemu);
    return ours ?? '';
  }

  it('tell of the same events in the same words', async function () {
    requireQemu(this, 'ppc64');
    const traces = EVENTS.flatMap(event => ['-trace', event]);
    const devices = ['-device', 'spapr-pci-host-bridge,index=1,id=phb1', '-device', 'e1000,id=cold'];
    const both = await BesideQemu.start('ppc64', [...COMMON, ...traces, ...devices]);
    await both.sameReply('device_add', { driver: 'e1000', id: 'late', bus: 'phb1.0' });
    await both.sameReply('device_del', { id: 'late' });
    await both.sameReply('device_del', { id: 'cold' });
    await both.sameReply('device_add', { driver: 'spapr-pci-host-bridge', index: 2, id: 'phb2' });
    const text = await printed(both);
    assert.match(text, /^spapr_iommu_new_table liobn=0x80000100 table=P fd=-1$/m);
    assert.match(text, /^spapr_drc_awaiting_quiesce drc: 0x40010000$/m);
  });

  it('take names, patterns, files of both, and complain alike', async function () {
    requireQemu(this, 'ppc64');
    const directory = mkdtempSync(join(tmpdir(), 'qmpsim-trace-'));
    const events = join(directory, 'events');
    writeFileSync(events, '# remark\n\nspapr_drc_attach\nnosuch\n-spapr_drc_attach\nspapr_iommu_new*\n');
    try {
      for (const args of [
        ['-trace', 'nosuch', '-trace', 'nosuch*', '-trace', '', '-d', 'trace:neither'],
        ['-trace', `events=${events}`],
        ['-trace', 'spapr_iommu*', '-trace', '-spapr_iommu_new_table'],
        ['-d', 'trace:spapr_iommu_new_table,trace:spapr_drc_attach'],
      ]) {
        await printed(await BesideQemu.start('ppc64', [...COMMON, ...args]));
      }
      const missing = await runProgram(['-trace', `events=${directory}/none`]);
      assert.equal(missing.status, 1);
      assert.equal(missing.stderr, `qmpsim-system-ppc64:${directory}/none: No such file or directory\n`);
      await BesideQemu.refusal('ppc64', ['-trace', 'foo=bar']);
      await BesideQemu.refusal('ppc64', ['-trace', 'spapr_drc_attach,file=/nowhere/log']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('are switched by clients, who are told the same', async function () {
    requireQemu(this, 'ppc64');
    const both = await BesideQemu.start('ppc64', COMMON);
    await both.sameReply('trace-event-get-state', { name: 'spapr_drc_at*' });
    await both.sameReply('trace-event-set-state', { name: 'spapr_drc_at*', enable: true });
    await both.sameReply('trace-event-get-state', { name: 'spapr_drc_attach' });
    await both.sameReply('device_add', { driver: 'e1000', id: 'nic' });
    await both.sameReply('trace-event-get-state', { name: 'nosuch' });
    await both.sameReply('trace-event-get-state', { name: 'nosuch*' });
    await both.sameReply('trace-event-set-state', {
      name: 'nosuch',
      enable: true,
      'ignore-unavailable': true,
    });
    await both.sameReply('trace-event-get-state', { name: 'spapr_drc_attach', vcpu: 0 });
    await both.sameReply('trace-event-set-state', { name: 'spapr_drc*', enable: true, vcpu: 0 });
    await both.sameReply('trace-event-get-state', { name: 'spapr_drc_attach', vcpu: 9 });
    for (const line of [
      ...[
        'info trace-events spapr_drc_at*',
        'info trace-events nosuch',
        'info trace-events spapr_drc_attach 0',
      ],
      ...['trace-event spapr_drc_attach off', 'info trace-events spapr_drc_attach', 'trace-event nosuch on'],
      ...['trace-event spapr_drc_attach', 'trace-event spapr_drc_attach maybe', 'help trace-event'],
      ...['help info trace-events', 'trace-event spapr* on 7', 'info trace-events spapr_drc_attach -1'],
    ]) {
      await both.sameText(line);
    }
    await both.sameReply('device_del', { id: 'nic' });
    assert.equal(await printed(both), 'spapr_drc_attach drc: 0x40000000\n');
  });

  it('know no event that QEMU does not know, and list them in its order', async function () {
    requireQemu(this, 'ppc64');
    for (const target of ['ppc64', 'x86_64'] as const) {
      const both = await BesideQemu.start(target, ['-accel', 'tcg', '-S']);
      const [qemu, ours] = await Promise.all(
        [both.qemu, both.ours].map(({ qmp }) => qmp.execute('trace-event-get-state', { name: '*' })),
      );
      const known = new Set(ours?.map(({ name }) => name));
      assert.deepEqual(
        ours,
        qemu?.filter(({ name }) => known.has(name)),
      );
      await both.stop();
    }
  });
});

describe('traces of device assignment', () => {
  it('tell its story', async () => {
    const program = await RunningProgram.start([
      ...[
        '-accel',
        'kvm',
        '-m',
        '1G',
        '-device',
        'e1000,id=nic',
        '-trace',
        'vfio_*',
        '-trace',
        '-vfio_region_setup',
      ],
    ]);
    const { qmp } = program;
    await qmp.execute('x-guest-dma-map', { device: 'nic', iova: 0x5000, gpa: 0x100000, size: 0x2000 });
    await qmp.execute('device_add', { driver: 'vfio-pci', host: '0001:00:00.0', id: 'xhci' });
    await qmp.execute('x-guest-dma-unmap', { device: 'nic', iova: 0x5000, size: 0x1000 });
    await qmp.execute('device_del', { id: 'xhci' });
    await qmp.event('DEVICE_DELETED');
    const { stderr } = await program.stop();
    assert.deepEqual(stderr.trimEnd().split('\n').slice(1), [
      'vfio_realize  (0001:00:00.0) group 1',
      'vfio_listener_region_add_iommu region_add [iommu] 0x0 - 0x3fffffff',
      'vfio_iommu_map_notify iommu MAP @ 0x5000 - 0x5fff',
      'vfio_iommu_map_notify iommu MAP @ 0x6000 - 0x6fff',
      'vfio_listener_region_add_skip SKIPPING region_add 0x40000000000 - 0x40000000fff',
      'vfio_get_device Device 0001:00:00.0 flags: 3, regions: 9, irqs: 5',
      'vfio_intx_enable  (0001:00:00.0)',
      'vfio_pci_reset  (0001:00:00.0)',
      'vfio_iommu_map_notify iommu UNMAP @ 0x5000 - 0x5fff',
      'vfio_intx_disable  (0001:00:00.0)',
      'vfio_put_base_device close vdev->fd=4',
      'vfio_listener_region_del region_del 0x0 - 0x3fffffff',
      'vfio_listener_region_del_skip SKIPPING region_del 0x40000000000 - 0x40000000fff',
      'vfio_disconnect_container close container->fd=6',
      'vfio_put_group close group->fd=5',
    ]);
  });

  it('go into a file where one is named, with process and time where they are wanted', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'qmpsim-trace-'));
    const [log, other] = [join(directory, 'log'), join(directory, 'other')];
    const program = await RunningProgram.start([
      ...['-D', other, '-msg', 'timestamp=on', '-trace', `spapr_drc_attach,file=${log}`],
    ]);
    await program.stop();
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? '', /^\d+@\d{10}\.\d{6}:spapr_drc_attach drc: 0x20000000$/);
    assert.equal(readFileSync(other, 'utf8'), '');
    rmSync(directory, { recursive: true });
  });

  it('are listed', async () => {
    for (const help of [
      ['-trace', 'help'],
      ['-d', 'trace:help'],
    ]) {
      const { status, stdout } = await runProgram(help);
      assert.equal(status, 0);
      assert.match(stdout, /^spapr_iommu_put\n(.+\n)+vfio_spapr_remove_window\n$/);
    }
  });
});
