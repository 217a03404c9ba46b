import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/base/json.ts';
import { MemberOrder } from '../../src/base/member-order.ts';
import type { ArgumentError, IntegerFormat } from '../../src/generated/validator.ts';
import { argumentError } from '../../src/qmp/argument-errors.ts';

/** What is said of the first of `errors`. */
function told(errors: readonly ArgumentError[], args: JsonObject = {}): string {
  return argumentError(errors, args, new MemberOrder()).desc;
}

function integer(format: IntegerFormat, data: unknown, instancePath = '/limits/value'): string {
  return told([{ keyword: 'integer', params: { format }, instancePath, data }]);
}

describe('errors in arguments', () => {
  it('name the whole path of what is missing or of the wrong type', () => {
    const missing = { keyword: 'required', params: { missingProperty: 'state' } } as const;
    assert.equal(told([{ ...missing, instancePath: '' }]), "Parameter 'state' is missing");
    assert.equal(
      told([{ ...missing, instancePath: '/capabilities/0' }]),
      "Parameter 'capabilities[0].state' is missing",
    );
    assert.equal(
      told([{ keyword: 'type', params: { type: 'boolean' }, instancePath: '/a/b/10/c' }]),
      "Invalid parameter type for 'a.b[10].c', expected: boolean",
    );
    assert.equal(
      told([{ keyword: 'number', params: {}, instancePath: '/a' }]),
      "Invalid parameter type for 'a', expected: number",
    );
  });

  it('name only the member whose value is wrong, and call an element of a list null', () => {
    const error = { keyword: 'enum', params: { allowedValues: ['oob'] }, data: 'nosuch' } as const;
    assert.equal(
      told([{ ...error, instancePath: '/capabilities/0/capability' }]),
      "Parameter 'capability' does not accept value 'nosuch'",
    );
    assert.equal(
      told([{ ...error, instancePath: '/enable/1' }]),
      "Parameter 'null' does not accept value 'nosuch'",
    );
    assert.equal(
      told([{ keyword: 'alternate', params: { type: 'BlockDirtyBitmapOrStr' }, instancePath: '/bitmaps/0' }]),
      "Invalid parameter type for 'null', expected: BlockDirtyBitmapOrStr",
    );
  });

  it('tell integers that are none from those out of range', () => {
    assert.equal(integer('int64', '1'), "Invalid parameter type for 'limits.value', expected: integer");
    assert.equal(integer('int64', 2n ** 63n), "Invalid parameter type for 'limits.value', expected: integer");
    assert.equal(integer('int32', 2 ** 31), "Parameter 'value' expects int32_t");
    assert.equal(integer('uint8', 256), "Parameter 'value' expects uint8_t");
    assert.equal(integer('uint8', -1), "Parameter 'value' expects uint8_t");
    assert.equal(integer('uint8', 1.5), "Parameter 'limits.value' expects uint64");
    assert.equal(integer('size', 2n ** 64n), "Parameter 'limits.value' expects uint64");
    assert.equal(integer('uint16', 65536, '/host-nodes/0'), "Parameter 'null' expects uint16_t");
    assert.equal(integer('uint16', 'x', '/host-nodes/0'), "Parameter 'host-nodes[0]' expects uint64");
  });

  it('name the one of several unexpected members that QEMU names', () => {
    const unexpected = (names: readonly string[]) => {
      const errors = names.map(name => {
        const params = { additionalProperty: name };
        return { keyword: 'additionalProperties', params, instancePath: '' } as const;
      });
      return told(errors, Object.fromEntries(names.map(name => [name, 1])));
    };
    assert.equal(unexpected(['a', 'b', 'c']), "Parameter 'b' is unexpected");
    const many = Array.from({ length: 100_000 }, (_, i) => `k${i}`);
    assert.equal(unexpected(many), "Parameter 'k31356' is unexpected");
  });

  it('name the path of an unexpected member inside of another', () => {
    const args = { list: [{}, { x: 1 }] };
    const error = { keyword: 'additionalProperties', params: { additionalProperty: 'x' } } as const;
    assert.equal(told([{ ...error, instancePath: '/list/1' }], args), "Parameter 'list[1].x' is unexpected");
  });
});
