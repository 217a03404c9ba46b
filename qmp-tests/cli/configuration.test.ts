import assert from 'node:assert/strict';
import { complaint, configure, outcomeOf, surroundingsWith } from './helpers.ts';

/** What libvirt 9.0 starts a pseries domain with, in its order. */
const LIBVIRT = [
  ...['-name', 'guest=vm,debug-threads=on', '-S'],
  ...['-object', '{"qom-type":"secret","id":"masterKey0","format":"raw","file":"/run/master-key.aes"}'],
  ...['-machine', 'pseries-7.2,usb=off,dump-guest-core=off', '-accel', 'tcg', '-cpu', 'POWER9'],
  ...['-m', 'size=524288k,slots=8,maxmem=4194304k', '-overcommit', 'mem-lock=off'],
  ...['-smp', '1,maxcpus=4,sockets=4,cores=1,threads=1'],
  ...['-object', '{"qom-type":"memory-backend-ram","id":"ram-node0","size":536870912}'],
  ...['-numa', 'node,nodeid=0,cpus=0-3,memdev=ram-node0'],
  ...['-uuid', '1B4E28BA-2FA1-11D2-883F-0016D3CCA427', '-display', 'none', '-no-user-config', '-nodefaults'],
  ...['-chardev', 'socket,id=charmonitor,fd=24,server=on,wait=off'],
  ...['-mon', 'chardev=charmonitor,id=monitor,mode=control'],
  ...['-rtc', 'base=utc', '-no-shutdown', '-boot', 'strict=on'],
  ...['-device', '{"driver":"spapr-pci-host-bridge","index":1,"id":"pci.1"}'],
  ...['-blockdev', '{"driver":"file","filename":"/tmp/a","node-name":"storage"}'],
  ...['-netdev', '{"type":"user","id":"hostnet0"}'],
  ...['-device', '{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","bus":"pci.0","addr":"0x1"}'],
  ...['-chardev', 'pty,id=charserial0', '-audiodev', '{"id":"audio1","driver":"none"}'],
  ...['-device', '{"driver":"vfio-pci","host":"0000:41:00.0","id":"hostdev0","bus":"pci.1.0","addr":"0x1"}'],
  ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
  ...['-msg', 'timestamp=on'],
];

describe('the configuration', () => {
  it('of a libvirt domain', () => {
    const configuration = configure(LIBVIRT);
    assert.equal(configuration.name, 'vm');
    assert.equal(configuration.uuid, '1b4e28ba-2fa1-11d2-883f-0016d3cca427');
    assert.equal(configuration.paused, true);
    assert.equal(configuration.defaultDevices, false);
    assert.deepEqual(configuration.machine, {
      type: 'pseries-7.2',
      properties: [
        ['dump-guest-core', 'off'],
        ['usb', 'off'],
      ],
    });
    assert.deepEqual(configuration.cpu, { model: 'POWER9', features: '' });
    assert.deepEqual(configuration.memory, { size: 512n << 20n, slots: 8n, maxSize: 4n << 30n });
    assert.deepEqual(configuration.smp, { cpus: 1, sockets: 4, cores: 1, threads: 1, maxcpus: 4 });
    assert.deepEqual(
      configuration.numa.map(
        ({ option }) => option.kind === 'node' && [option.nodeId, option.cpus, option.memdev],
      ),
      [[0, [0, 1, 2, 3], 'ram-node0']],
    );
    assert.deepEqual(configuration.chardevs, [
      {
        id: 'charmonitor',
        backend: 'socket',
        options: { backend: 'socket', fd: '24', server: 'on', wait: 'off' },
        location: '-chardev socket,id=charmonitor,fd=24,server=on,wait=off',
      },
      {
        id: 'charserial0',
        backend: 'pty',
        options: { backend: 'pty' },
        location: '-chardev pty,id=charserial0',
      },
    ]);
    assert.deepEqual(configuration.monitors, [
      {
        kind: 'qmp',
        id: 'monitor',
        chardev: 'charmonitor',
        pretty: false,
        location: '-mon chardev=charmonitor,id=monitor,mode=control',
      },
    ]);
    assert.deepEqual(
      configuration.devices.map(device => device.form === 'json' && device.value.driver),
      ['spapr-pci-host-bridge', 'virtio-net-pci', 'vfio-pci'],
    );
    assert.deepEqual(configuration.actions, {
      reboot: 'reset',
      shutdown: 'pause',
      panic: 'shutdown',
      watchdog: 'reset',
    });
    assert.deepEqual(configuration.firmware.boot, { strict: true });
    assert.equal(configuration.reportStyle.timestamp, true);
  });

  it('of the process libvirt probes an emulator with', () => {
    const configuration = configure([
      ...['-S', '-no-user-config', '-nodefaults', '-nographic', '-machine', 'none,accel=kvm:tcg'],
      ...['-qmp', 'unix:/tmp/qmp.monitor,server=on,wait=off', '-pidfile', '/tmp/qmp.pid', '-daemonize'],
    ]);
    assert.equal(configuration.machine.type, 'none');
    assert.deepEqual(
      configuration.accelerators.choices.map(choice => choice.name),
      ['kvm', 'tcg'],
    );
    assert.equal(configuration.process.daemonize, true);
    assert.equal(configuration.process.pidFile, '/tmp/qmp.pid');
    assert.deepEqual(configuration.serials, []);
    assert.deepEqual(configuration.monitors, [
      {
        kind: 'qmp',
        id: 'compat_monitor0',
        chardev: 'compat_monitor0',
        pretty: false,
        location: '-qmp unix:/tmp/qmp.monitor,server=on,wait=off',
      },
    ]);
    assert.deepEqual(
      configuration.chardevs.map(chardev => chardev.options),
      [
        {
          backend: 'socket',
          path: '/tmp/qmp.monitor',
          server: 'on',
          wait: 'off',
        },
      ],
    );
  });

  it('puts devices written as JSON behind the others', () => {
    const { devices } = configure(['-device', '{"driver":"e1000"}', '-device', 'nvme,serial=1']);
    assert.deepEqual(
      devices.map(device => device.form),
      ['options', 'json'],
    );
  });

  it('keeps 64-bit numbers of JSON exact', () => {
    const [device] = configure(['-device', "{'driver':'x','size':18446744073709551615}"]).devices;
    assert.ok(device?.form === 'json');
    assert.equal(device.value.size, 18446744073709551615n);
  });

  it('knows the short ways to name a character device', () => {
    const words = [
      [
        'tcp:localhost:4444,server,nowait',
        { backend: 'socket', host: 'localhost', port: '4444', server: 'on', wait: 'off' },
      ],
      ['tcp:[::1]:4444', { backend: 'socket', host: '[::1]', port: '4444' }],
      ['telnet::4444,server=on', { backend: 'socket', host: '', port: '4444', server: 'on', telnet: 'on' }],
      ['unix:a,,b', { backend: 'socket', path: 'a,b' }],
      ['udp:a:1@b:2', { backend: 'udp', host: 'a', port: '1', localaddr: 'b', localport: '2' }],
      ['file:a,b', { backend: 'file', path: 'a,b' }],
      ['vc:80Cx24C', { backend: 'vc', cols: '80', rows: '24' }],
      ['/dev/ttyS0', { backend: 'serial', path: '/dev/ttyS0' }],
      ['mon:stdio', { backend: 'stdio', mux: 'on', signal: 'off' }],
      ['stdio', { backend: 'stdio' }],
    ] as const;
    const { chardevs } = configure(['-nodefaults', ...words.flatMap(([text]) => ['-qmp', text])]);
    assert.deepEqual(
      chardevs.map(chardev => chardev.options),
      words.map(([, options]) => options),
    );
  });

  it('shares the terminal between port and monitor with -nographic', () => {
    const { serials, monitors } = configure(['-nographic']);
    assert.deepEqual(monitors, []);
    const [port] = serials;
    assert.ok(port?.kind === 'own');
    assert.equal(port.monitor, true);
    assert.deepEqual(port.chardev.options, { backend: 'stdio', mux: 'on', signal: 'off' });
  });

  it('has no port and no monitor that nobody asked for with -nodefaults', () => {
    const { serials, parallels, monitors, chardevs } = configure(['-nodefaults']);
    assert.deepEqual([serials, parallels, monitors, chardevs], [[], [], [], []]);
  });

  it('takes properties of devices from -global in both forms, and parameters from -set', () => {
    const { globals, devices } = configure([
      ...['-global', 'e1000.mac=a,b=c', '-global', 'driver=nvme,property=serial,value=1'],
      ...['-device', 'e1000,id=net0,addr=3', '-set', 'device.net0.addr=4'],
    ]);
    assert.deepEqual(globals, [
      { driver: 'e1000', property: 'mac', value: 'a,b=c' },
      { driver: 'nvme', property: 'serial', value: '1' },
    ]);
    assert.ok(devices[0]?.form === 'options');
    assert.deepEqual(devices[0].entries.at(-1), { name: 'addr', value: '4' });
  });

  it('reads a start date', () => {
    assert.equal(configure(['-rtc', 'base=2006-06-17T16:01:21']).rtc.base, Date.UTC(2006, 5, 17, 16, 1, 21));
    assert.equal(configure(['-rtc', 'base=2006-06-17']).rtc.base, Date.UTC(2006, 5, 17));
  });

  it('reads options from a file', () => {
    const file = `# a machine
[machine]
  type = "pseries"
  cap_htm = "off"

[device "net0"]
  driver = "e1000"
  addr = "5"
`;
    const { machine, devices } = configure(['-readconfig', 'vm.cfg'], {
      surroundings: surroundingsWith({ 'vm.cfg': file }),
    });
    assert.deepEqual(machine, { type: 'pseries', properties: [['cap-htm', 'off']] });
    assert.deepEqual(devices, [
      {
        form: 'options',
        id: 'net0',
        entries: [
          { name: 'driver', value: 'e1000' },
          { name: 'addr', value: '5' },
        ],
        location: ':vm.cfg:8',
      },
    ]);
  });

  it('names the line of the file that is wrong', () => {
    const surroundings = surroundingsWith({ 'vm.cfg': '[mon]\n  a = "b"\n' });
    assert.equal(
      complaint(['-readconfig', 'vm.cfg'], surroundings),
      "qmpsim-system-ppc64:vm.cfg:2: Invalid parameter 'a'",
    );
  });

  it('has our own options: host, guest and clock', () => {
    const { hostFile, guest, clock } = configure([
      '-host',
      'power8.json',
      '-guest',
      'linux,delay-ms=5',
      '-clock',
      'virtual',
    ]);
    assert.equal(hostFile, 'power8.json');
    assert.deepEqual(guest, {
      model: 'linux',
      properties: [{ name: 'delay-ms', value: '5' }],
      location: '-guest linux,delay-ms=5',
    });
    assert.equal(clock, 'virtual');
    assert.match(
      complaint(['-clock', 'stopped']),
      /-clock stopped: Parameter 'clock' does not accept value 'stopped'/,
    );
  });

  it('hands over descriptors that are open, and users that exist', () => {
    const { fdSets, process } = configure(['-add-fd', 'fd=9,set=1,opaque=x', '-runas', 'nobody']);
    assert.deepEqual(fdSets, [{ fd: 9, set: 1, opaque: 'x' }]);
    assert.equal(process.runAs, 'nobody');
    assert.deepEqual(configure(['-runas', '10:20']).process.runAs, { uid: 10, gid: 20 });
  });
});

describe('the name the program is called by', () => {
  const program = (path: string) => {
    const { target, accelerators } = configure(['-nodefaults'], { program: path });
    return [target, accelerators.choices.map(choice => choice.name).join(':')];
  };

  it('chooses target and accelerators', () => {
    assert.deepEqual(program('/opt/bin/qmpsim-system-ppc64'), ['ppc64', 'tcg']);
    assert.deepEqual(program('qmpsim-system-x86_64'), ['x86_64', 'tcg']);
    assert.deepEqual(program('/usr/bin/qemu-system-i386'), ['x86_64', 'tcg']);
  });

  it('begins what it says', () => {
    const { stderr } = outcomeOf(['/tmp/my-emulator', '-foo']);
    assert.equal(stderr, 'my-emulator: -foo: invalid option\n');
  });

  it('decides which options there are', () => {
    assert.equal(
      complaint(['-no-acpi']),
      'qmpsim-system-ppc64: -no-acpi: Option not supported for this target',
    );
    const { machine } = configure(['-no-acpi'], { program: 'qmpsim-system-x86_64' });
    assert.deepEqual(machine.properties, [['acpi', 'off']]);
  });
});

describe('an option that is not simulated', () => {
  it('is refused rather than ignored', () => {
    assert.equal(
      complaint(['-gdb', 'tcp::1234']),
      'qmpsim-system-ppc64: -gdb tcp::1234: this option is not simulated: no guest instruction runs',
    );
    assert.match(complaint(['-display', 'gtk']), /display 'gtk' is not simulated/);
  });
});

describe('messages', () => {
  it('carry time and guest where asked for', () => {
    const { stderr } = outcomeOf([
      'qmpsim',
      '-msg',
      'timestamp=on,guest-name=on',
      '-name',
      'bob',
      '-uuid',
      'x',
    ]);
    assert.equal(
      stderr,
      '1970-01-01T00:00:00.000000Z bob qmpsim: -uuid x: failed to parse UUID string: wrong format\n',
    );
  });
});
