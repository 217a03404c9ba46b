import assert from 'node:assert/strict';
import { type AcceleratorSupport, chooseAccelerator } from '../../src/cli/accelerators.ts';
import { CliError, type Report } from '../../src/cli/errors.ts';
import { resolveTopology } from '../../src/machine/topology.ts';
import { configure, PSERIES } from './helpers.ts';

describe('-smp', () => {
  const topology = (smp: string, rules = PSERIES) => {
    const { sockets, dies, cores, threads, cpus, maxCpus } = resolveTopology(
      configure(['-smp', smp]).smp,
      rules,
      () => assert.fail('no warning expected'),
    );
    return { sockets, dies, cores, threads, cpus, maxCpus };
  };

  it('gives what is left over to cores', () => {
    assert.deepEqual(topology('8'), { sockets: 1, dies: 1, cores: 8, threads: 1, cpus: 8, maxCpus: 8 });
    assert.deepEqual(topology('8,cores=2'), {
      sockets: 4,
      dies: 1,
      cores: 2,
      threads: 1,
      cpus: 8,
      maxCpus: 8,
    });
    assert.deepEqual(topology('2,maxcpus=16,sockets=2,threads=4'), {
      sockets: 2,
      dies: 1,
      cores: 2,
      threads: 4,
      cpus: 2,
      maxCpus: 16,
    });
    assert.deepEqual(topology('cores=2,threads=4'), {
      sockets: 1,
      dies: 1,
      cores: 2,
      threads: 4,
      cpus: 8,
      maxCpus: 8,
    });
  });

  it('gives it to sockets on old machine types', () => {
    const old = { ...PSERIES, preferSockets: true };
    assert.deepEqual(topology('8', old), { sockets: 8, dies: 1, cores: 1, threads: 1, cpus: 8, maxCpus: 8 });
    assert.deepEqual(topology('8,sockets=2', old), {
      sockets: 2,
      dies: 1,
      cores: 4,
      threads: 1,
      cpus: 8,
      maxCpus: 8,
    });
  });

  it('knows dies where the machine has them', () => {
    const pc = { ...PSERIES, machine: 'pc-q35-7.2', maxCpus: 288, diesSupported: true };
    assert.deepEqual(topology('8,dies=2', pc), {
      sockets: 1,
      dies: 2,
      cores: 4,
      threads: 1,
      cpus: 8,
      maxCpus: 8,
    });
    assert.throws(() => topology('8,dies=2,cores=2,sockets=1,threads=1', pc), {
      message:
        'Invalid CPU topology: product of the hierarchy must match maxcpus: ' +
        'sockets (1) * dies (2) * cores (2) * threads (1) != maxcpus (8)',
    });
  });
});

describe('the accelerator', () => {
  const onHost = (obstacles: Readonly<Record<string, string>>): AcceleratorSupport => ({
    known: ['kvm', 'tcg', 'qtest'],
    obstacle: name => obstacles[name],
  });
  const choose = ([program = '', ...words]: readonly string[], support: AcceleratorSupport) => {
    const { accelerators } = configure(words, { program });
    const reports: Report[] = [];
    const { name } = chooseAccelerator(accelerators, support, report => reports.push(report));
    return { name, messages: reports.map(report => report.message) };
  };
  const withoutKvm = onHost({ kvm: 'No such file or directory' });

  it('is KVM under our own name, and TCG under an emulator name', () => {
    assert.equal(choose(['qmpsim'], onHost({})).name, 'kvm');
    assert.equal(choose(['qmpsim-system-ppc64'], onHost({})).name, 'tcg');
  });

  it('is TCG without a word where nobody asked and the host has no KVM', () => {
    assert.deepEqual(choose(['qmpsim'], withoutKvm), { name: 'tcg', messages: [] });
  });

  it('falls back as far as the list goes', () => {
    const { name, messages } = choose(['qmpsim', '-M', 'pseries,accel=kvm:tcg'], withoutKvm);
    assert.equal(name, 'tcg');
    assert.deepEqual(messages, [
      'Could not access KVM kernel module: No such file or directory',
      'failed to initialize kvm: No such file or directory',
      'falling back to tcg',
    ]);
    assert.throws(() => choose(['qmpsim-system-ppc64', '-accel', 'kvm'], withoutKvm), CliError);
  });
});
