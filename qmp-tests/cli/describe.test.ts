import assert from 'node:assert/strict';
import { describe as text } from '../../src/cli/describe.ts';
import { CliError } from '../../src/cli/errors.ts';

describe('help about the models', () => {
  it('lists devices by category', async () => {
    const lines = (await text({ about: 'devices' })).split('\n');
    assert.equal(lines[0], 'Controller/Bridge/Hub devices:');
    assert.ok(lines.includes('name "pci-bridge", bus PCI, desc "Standard PCI Bridge"'));
    assert.equal(lines[lines.indexOf('Network devices:') - 1], '');
    assert.ok(!lines.some(line => line.includes('spapr-xive')));
  });

  it('lists the properties of one device', async () => {
    const lines = (await text({ about: 'device', type: 'e1000' })).split('\n');
    assert.equal(lines[0], 'e1000 options:');
    assert.ok(
      lines.includes('  mac=<str>              - Ethernet 6-byte MAC Address, example: 52:54:00:12:34:56'),
    );
  });

  it('knows no other devices', async () => {
    const location = '-device nosuch,help';
    await assert.rejects(text({ about: 'device', type: 'nosuch', location }), error => {
      assert.ok(error instanceof CliError);
      assert.deepEqual(error.reports, [
        { severity: 'error', message: "Device 'nosuch' not found", location },
      ]);
      return true;
    });
  });

  it('lists machines, also when asked about one that does not exist', async () => {
    const machines = await text({ about: 'machines' });
    assert.match(
      machines,
      /^Supported machines are:\nnone {17}empty machine\npseries-2\.1 {10}pSeries Logical Partition \(PAPR compliant\)\n/,
    );
    assert.match(
      machines,
      /\npseries {14}pSeries Logical Partition \(PAPR compliant\) \(alias of pseries-7\.2\)\n/,
    );
    assert.match(machines, /\npseries-7\.2 {10}pSeries Logical Partition \(PAPR compliant\) \(default\)\n/);
    assert.equal(await text({ about: 'machine', type: 'nosuch' }), machines);
  });
});
