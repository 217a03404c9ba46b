import assert from 'node:assert/strict';
import { parseTypedLine } from '../../src/client/typed-line.ts';

function argumentsOf(line: string) {
  return { ...parseTypedLine(line)?.arguments };
}

describe('a typed line', () => {
  it('is a command with its arguments', () => {
    assert.equal(parseTypedLine('  '), undefined);
    assert.deepEqual(parseTypedLine('query-status'), { execute: 'query-status', arguments: undefined });
    assert.deepEqual(argumentsOf('device_add driver=vfio-pci host=0001:00:00.0 id=x'), {
      driver: 'vfio-pci',
      host: '0001:00:00.0',
      id: 'x',
    });
  });

  it('has values that are what they look like', () => {
    assert.deepEqual(argumentsOf('c a=10 b=-3 c=0x1000000 d=true e=FALSE f= g=k=v h=1.5'), {
      a: 10,
      b: -3,
      c: 0x1000000,
      d: true,
      e: false,
      f: '',
      g: 'k=v',
      h: '1.5',
    });
    assert.deepEqual(argumentsOf('c a=18446744073709551615'), { a: 18446744073709551615n });
    assert.deepEqual(argumentsOf('c list=[1, "a b"] text="10" object={"a": {"b": 2}}'), {
      list: [1, 'a b'],
      text: '10',
      object: { a: { b: 2 } },
    });
  });

  it('reaches into objects with dots', () => {
    const { file, node } = argumentsOf('blockdev-add node=x file.driver=null-co file.size=1');
    assert.equal(node, 'x');
    assert.deepEqual({ ...Object(file) }, { driver: 'null-co', size: 1 });
    assert.deepEqual(Object.keys(argumentsOf('c __proto__.x=1')), ['__proto__']);
    assert.throws(() => parseTypedLine('c a=1 a.b=2'), /'a' is a value and an object/);
    assert.throws(() => parseTypedLine('c a=1 a=2'), /'a' is given twice/);
  });

  it('may be JSON as it goes over the wire', () => {
    assert.deepEqual(parseTypedLine('{"execute": "x", "arguments": {"a": 1}}'), {
      execute: 'x',
      arguments: { a: 1 },
    });
    assert.throws(() => parseTypedLine('{"run": "x"}'), /a command looks like/);
    assert.throws(() => parseTypedLine('{"execute": "x"'), SyntaxError);
    assert.throws(() => parseTypedLine('c a=[1'), SyntaxError);
    assert.throws(() => parseTypedLine('c a'), /expected key=value, not 'a'/);
  });
});
