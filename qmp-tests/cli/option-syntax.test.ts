import assert from 'node:assert/strict';
import { parseKeyval } from '../../src/base/keyval.ts';
import { lastValue, splitOptions } from '../../src/base/option-syntax.ts';
import { parseNumber, parseSize } from '../../src/cli/option-values.ts';
import { complaint, configure, outcomeOf } from './helpers.ts';

describe('key=value,… of most options', () => {
  it('fills in the implied key of the first item only', () => {
    assert.deepEqual(splitOptions('e1000,id=net0', 'driver'), [
      { name: 'driver', value: 'e1000' },
      { name: 'id', value: 'net0' },
    ]);
  });

  it('takes two commas in a value for one', () => {
    assert.deepEqual(splitOptions('path=a,,b,,,server=on'), [
      { name: 'path', value: 'a,b,' },
      { name: 'server', value: 'on' },
    ]);
  });

  it('reads items without a value as flags, also switched off', () => {
    assert.deepEqual(splitOptions('server,nowait'), [
      { name: 'server', value: 'on', shortForm: 'on' },
      { name: 'wait', value: 'off', shortForm: 'off' },
    ]);
  });

  it('lets the last of several values count', () => {
    assert.equal(lastValue(splitOptions('addr=1,addr=2'), 'addr'), '2');
  });

  it('warns of flags, and says what to write instead', () => {
    const { exit, stderr } = outcomeOf(['qmpsim', '-device', 'e1000,multifunction', '-nodefaults']);
    assert.equal(exit, undefined);
    assert.equal(
      stderr,
      "qmpsim: -device e1000,multifunction: warning: short-form boolean option 'multifunction' deprecated\n" +
        'Please use multifunction=on instead\n',
    );
  });

  it('takes the first id, and refuses it a second time', () => {
    const [device] = configure(['-device', 'e1000,id=a,id=b']).devices;
    assert.deepEqual(device, {
      form: 'options',
      id: 'a',
      entries: [{ name: 'driver', value: 'e1000' }],
      location: '-device e1000,id=a,id=b',
    });
    assert.equal(
      complaint(['-device', 'e1000,id=a', '-device', 'virtio-net-pci,id=a']),
      "qmpsim-system-ppc64: -device virtio-net-pci,id=a: Duplicate ID 'a' for device",
    );
  });
});

describe('the tree syntax of -machine and its like', () => {
  it('makes objects and lists of dots and numbers', () => {
    const { value } = parseKeyval('file,filename=a,,b,server.0.host=x,server.1.host=y', 'driver');
    assert.deepEqual(value, { driver: 'file', filename: 'a,b', server: [{ host: 'x' }, { host: 'y' }] });
  });

  it('tells help from a value', () => {
    assert.deepEqual(parseKeyval('pseries,help', 'type'), { value: { type: 'pseries' }, help: true });
  });

  for (const [text, message] of [
    ['pseries,usb', "Expected '=' after parameter 'usb'"],
    ['pseries,=x', "Invalid parameter ''"],
    ['pseries,1x=2', "Invalid parameter '1x'"],
    ['a.b=1,a=2', "Parameters 'a.*' used inconsistently"],
    ['a.0=1,a.b=2', "Parameters 'a.*' used inconsistently"],
    ['a.0=1,a.2=2', "Parameter 'a.1' missing"],
  ] as const) {
    it(`refuses ${text}`, () => {
      assert.throws(() => parseKeyval(text, 'type'), { message });
    });
  }
});

describe('sizes', () => {
  for (const [text, bytes] of [
    ['0', 0n],
    ['4096', 4096n],
    ['1k', 1024n],
    ['1.5G', 1536n << 20n],
    ['1.', 1n],
    ['16777215T', 16777215n << 40n],
    ['0x1e', 0x1en],
    ['0x1b', 0x1bn],
    [' +2M', 2n << 20n],
  ] as const) {
    it(`${text} is ${bytes} bytes`, () => {
      assert.deepEqual(parseSize('size', text, undefined), { value: bytes });
    });
  }

  for (const text of ['', 'x', '-1', '1.5', '1.5b', '1Q', '1GB', '.5G', '1e3', '0x', '0x1.8G', 'inf', '1 ']) {
    it(`'${text}' is none`, () => {
      assert.throws(() => parseSize('size', text, undefined), /expects a non-negative number below 2\^64/);
    });
  }

  it('are below 2^64', () => {
    assert.throws(() => parseSize('size', '16E', undefined), /Value '16E' is out of range/);
  });

  it('are warned of where hexadecimal numbers have a unit', () => {
    assert.match(parseSize('size', '0x1G', undefined).warning ?? '', /deprecated: 0x1G/);
  });
});

describe('numbers', () => {
  for (const [text, value] of [
    ['10', 10n],
    ['010', 8n],
    ['0x10', 16n],
    [' 5', 5n],
    ['-1', (1n << 64n) - 1n],
  ] as const) {
    it(`${text} is ${value}`, () => assert.equal(parseNumber('n', text, undefined), value));
  }

  for (const text of ['', '08', '0x', '5 ', '1x']) {
    it(`'${text}' is none`, () => {
      assert.throws(() => parseNumber('n', text, undefined), { message: "Parameter 'n' expects a number" });
    });
  }
});
