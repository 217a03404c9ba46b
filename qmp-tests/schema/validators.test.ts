import assert from 'node:assert/strict';
import { JsonDouble } from '../../src/base/json.ts';
import type { ArgumentError } from '../../src/generated/validator.ts';
import { validators as control } from '../../src/generated/validators/control.js';
import { validators as misc } from '../../src/generated/validators/misc.js';
import { validators as qdev } from '../../src/generated/validators/qdev.js';
import { validators as qom } from '../../src/generated/validators/qom.js';
import { validators as runState } from '../../src/generated/validators/run-state.js';
import { validators as host } from '../../src/generated/validators/x-host.js';
import { validators as spapr } from '../../src/generated/validators/x-spapr.js';

const validators = { ...control, ...misc, ...qdev, ...qom, ...runState, ...host, ...spapr };

/** The errors in short: where, what, and what it is about. */
function errorsOf(command: keyof typeof validators, value: unknown): readonly string[] {
  const validate = validators[command];
  return validate(value) ? [] : (validate.errors ?? []).map(inShort);
}

function inShort({ instancePath, keyword, params }: ArgumentError): string {
  return [instancePath, keyword, ...Object.values(params)].join(' ').trim();
}

describe('argument validators', () => {
  it('let nothing into a command without arguments', () => {
    assert.deepEqual(errorsOf('query-status', {}), []);
    assert.deepEqual(errorsOf('query-status', { a: 1, b: 2 }), [
      'additionalProperties a',
      'additionalProperties b',
    ]);
    assert.equal(validators.stop, validators.cont, 'and share one function');
  });

  it('report members in the order in which they are declared, then unexpected ones', () => {
    assert.deepEqual(errorsOf('qom-get', { extra: 1, property: 5 }), [
      'required path',
      '/property type string',
      'additionalProperties extra',
    ]);
    assert.deepEqual(errorsOf('qom-get', { path: null }), ['/path type string', 'required property']);
  });

  it('take any JSON value where the type is open', () => {
    for (const value of [null, 1, 1n << 63n, new JsonDouble(1), 'x', [], {}]) {
      assert.deepEqual(errorsOf('qom-set', { path: '/machine', property: 'p', value }), []);
    }
  });

  it('look into lists', () => {
    assert.deepEqual(errorsOf('qmp_capabilities', { enable: ['oob'] }), []);
    assert.deepEqual(errorsOf('qmp_capabilities', { enable: 'oob' }), ['/enable type array']);
    assert.deepEqual(errorsOf('qmp_capabilities', { enable: ['oob', 'warp'] }), ['/enable/1 enum oob']);
    assert.deepEqual(errorsOf('qmp_capabilities', { enable: [1] })[0], '/enable/0 type string');
  });

  it('know integers from floats, also from integral ones', () => {
    assert.deepEqual(errorsOf('x-hcall', { args: [0, 2 ** 53 - 1, (1n << 64n) - 1n, -1] }), []);
    assert.deepEqual(errorsOf('x-hcall', { args: [1.5, new JsonDouble(1), '1', 1n << 64n] }), [
      '/args/0 integer uint64',
      '/args/1 integer uint64',
      '/args/2 integer uint64',
      '/args/3 integer uint64',
    ]);
  });

  it('know the range of an integer', () => {
    assert.deepEqual(errorsOf('x-host-fault-remove', { id: 0xffffffff }), []);
    for (const id of [-1, 0x100000000]) {
      assert.deepEqual(errorsOf('x-host-fault-remove', { id }), ['/id integer uint32']);
    }
  });

  it('choose the branch of an alternate by the JSON type', () => {
    const add = (errno: unknown): readonly string[] =>
      errorsOf('x-host-fault-add', { op: 'open:/dev/kvm', errno });
    assert.deepEqual(add('ENOMEM'), []);
    assert.deepEqual(add(12), []);
    assert.equal(add(1.5)[0], '/errno integer int64');
    assert.equal(add(null)[0], '/errno alternate HostErrno');
  });

  it('leave the arguments of device_add to its handler', () => {
    assert.deepEqual(errorsOf('device_add', { driver: 1, anything: { goes: [null] } }), []);
  });
});
