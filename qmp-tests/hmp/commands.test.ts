import assert from 'node:assert/strict';
import { execute } from '../../src/hmp/interpreter.ts';
import { HMP_COMMANDS } from '../../src/hmp/table.ts';
import { createMachine } from '../../src/index.ts';
import { HumanMonitor } from './helpers.ts';

describe('human-monitor-command', () => {
  let monitor: HumanMonitor;
  beforeEach(() => {
    monitor = new HumanMonitor();
  });
  afterEach(() => monitor.close());

  /** A line and the whole answer, in order. */
  async function dialogue(lines: readonly (readonly [line: string, answer: string])[]): Promise<void> {
    for (const [line, answer] of lines) assert.equal(await monitor.say(line), answer, line);
  }

  it('ends lines in CR LF', async () => {
    const text = await monitor.simulator.execute('human-monitor-command', { 'command-line': 'info uuid' });
    assert.equal(text, '00000000-0000-0000-0000-000000000000\r\n');
  });

  it('says nothing to nothing', () =>
    dialogue([
      ['', ''],
      [' \t', ''],
    ]));

  it('names what it does not know', () =>
    dialogue([
      ['nosuch 1 2', "unknown command: 'nosuch'\n"],
      ['info nosuch x', "unknown command: 'info nosuch'\n"],
      ['info/x', "unknown command: 'info'\n"],
      ['help nosuch', "unknown command: 'nosuch'\n"],
    ]));

  it('explains commands under each of their names', () =>
    dialogue([
      ['help s', 'stop|s  -- stop emulation\n'],
      ['? stop x', 'stop|s  -- stop emulation\n'],
      ['help info status', 'info status  -- show the current VM status (running|paused)\n'],
    ]));

  it('lists what it has', async () => {
    const list = await monitor.say('help');
    assert.match(list, /\ncpu index -- set the default CPU\ndevice_add driver\[,prop=value\]/);
    assert.equal(await monitor.say('info'), await monitor.say('help info'));
  });

  it('points to the help where arguments are wrong', () =>
    dialogue([
      ['device_del', 'device_del: string expected\nTry "help device_del" for more information\n'],
      ['s x', 'stop|s: extraneous characters at the end of line\nTry "help s" for more information\n'],
      ['info mtree -x', 'mtree: unsupported option -x\nTry "help info mtree" for more information\n'],
      ['info mtree -d -f', 'mtree: unsupported option -f\nTry "help info mtree" for more information\n'],
      ['device_add "e1000', 'Try "help device_add" for more information\n'],
    ]));

  it('stops, goes on and resets', () =>
    dialogue([
      ['info status', 'VM status: paused (prelaunch)\n'],
      ['c', ''],
      ['info status', 'VM status: running\n'],
      ['stop', ''],
      ['info status', 'VM status: paused\n'],
      ['system_reset', ''],
      ['info status', 'VM status: paused (prelaunch)\n'],
    ]));

  it('adds and removes devices', () =>
    dialogue([
      ['device_add', "Error: Parameter 'driver' is missing\n"],
      ['device_add nosuch', "Error: 'nosuch' is not a valid device model name\n"],
      ['device_add e1000,id=1x', 'Try "help device_add" for more information\n'],
      ['device_add e1000,id=x,addr=zz', "Error: Property 'e1000.addr' doesn't take value 'zz'\n"],
      ['device_add e1000,id=x,addr=5', ''],
      ['device_add "driver=e1000,id=x"', "Error: Duplicate device ID 'x'\n"],
      ['qom-get x legacy-addr', '"05.0"\n'],
      ['device_del nosuch', "Error: Device 'nosuch' not found\n"],
      ['device_del x', ''],
      ['device_del x', "Error: Device 'x' not found\n"],
    ]));

  it("lists a device's properties", async () => {
    const help = await monitor.say('device_add e1000,help');
    const lines = help.split('\n');
    assert.deepEqual(lines.slice(0, 3), [
      'e1000 options:',
      '  acpi-index=<uint32>    -  (default: 0)',
      '  addr=<int32>           - Slot and optional function number, example: 06.0 or 06 (default: -1)',
    ]);
    assert.ok(lines.includes('  bootindex=<int32>'));
    assert.equal(await monitor.say('device_add nosuch,help'), "Device 'nosuch' not found\n");
  });

  it('reads and writes properties', () =>
    dialogue([
      ['qom-list', '/\n'],
      ['qom-list /nosuch', "Error: Device '/nosuch' not found\n"],
      ['qom-get /machine type', '"pseries-7.2-machine"\n'],
      ['qom-get /machine nosuch', "Error: Property 'pseries-7.2-machine.nosuch' not found\n"],
      ['device_add e1000,id=x', ''],
      [
        'qom-set x rombar 5',
        "Error: Attempt to set property 'rombar' on device 'x' (type 'e1000') after it was realized\n",
      ],
      ['qom-set -j x rombar {', 'Error: JSON parse error, premature EOI\n'],
    ]));

  it('handles character devices', () =>
    dialogue([
      ['chardev-add null', 'Error: chardev: no id specified\n'],
      ['chardev-add nosuch,id=x', "Error: 'nosuch' is not a valid char driver name\n"],
      ['chardev-add ringbuf,id=r,size=64', ''],
      [
        'chardev-add null,id=r',
        "Error: attempt to add duplicate property 'r' to object (type 'container')\n",
      ],
      ['info chardev', 'r: filename=ringbuf\n'],
      ['ringbuf_write r "a\\\\b\\r\\n"', ''],
      ['ringbuf_read r 2+1', 'a\\\\b\n'],
      ['ringbuf_read r 9', '\\u000D\n\n'],
      ['chardev-change r null', ''],
      ['chardev-remove r', ''],
      ['chardev-remove r', "Error: Chardev 'r' not found\n"],
    ]));

  it('passes on what the machine refuses', () =>
    dialogue([
      ['system_wakeup', 'Error: Unable to wake up: guest is not in suspended state\n'],
      ['watchdog_action foo', 'Error: invalid parameter value: foo\n'],
      ['exit_preconfig', 'Error: The command is permitted only before machine initialization\n'],
    ]));
});

describe('the human monitor of a machine that waits to be configured', () => {
  it('has only what needs no machine', async () => {
    const printed: string[] = [];
    const simulator = createMachine({ paused: true });
    simulator.machine.system.ready = false;
    const session = {
      machine: simulator.machine,
      version: '7.2.22',
      execute: simulator.execute.bind(simulator),
      addChardev: async () => {},
      report: () => {},
      print: (text: string) => void printed.push(text),
      history: [],
      state: { cpu: 0 },
      lastFormat: { letter: 'x', size: 4 } as const,
    };
    for (const line of ['info pci', 'help stop', 'info uuid']) await execute(HMP_COMMANDS, session, line);
    simulator.close();
    assert.deepEqual(printed, [
      "Command 'info pci' not available until machine initialization has completed.\n",
      "unknown command: 'stop'\n",
      '00000000-0000-0000-0000-000000000000\n',
    ]);
  });
});
