import assert from 'node:assert/strict';
import * as json from '../../src/base/json.ts';
import type { Contract } from '../../src/build/documents.ts';
import { introspect } from '../../src/build/write-introspection.ts';
import { writeTypes } from '../../src/build/write-types.ts';
import { writeValidators } from '../../src/build/write-validators.ts';

/** A wire in the style of QAPI: `{id, wire: {…}}`, where a wire leads to a file, to another wire, or nowhere. */
const contract: Contract = {
  documents: { wire: ['wire-add'] },
  commands: {
    'wire-add': {
      description: 'Adds a wire.',
      arguments: {
        type: 'object',
        properties: { id: { type: 'string' }, wire: { $ref: '#/$defs/Wire' } },
        required: ['id', 'wire'],
        additionalProperties: false,
      },
    },
  },
  events: {},
  types: {
    WireKind: { enum: ['file', 'mux', 'null'], 'value-features': { mux: ['unstable'] } },
    Wire: {
      description: 'A wire.',
      type: 'object',
      properties: { kind: { $ref: '#/$defs/WireKind' }, logged: { type: 'boolean' } },
      required: ['kind'],
      discriminator: {
        propertyName: 'kind',
        mapping: { file: '#/$defs/WireFile', mux: '#/$defs/WireMux' },
      },
    },
    WireFile: {
      type: 'object',
      properties: { path: { type: 'string' }, mode: { type: 'integer', format: 'uint16' } },
      required: ['path'],
      additionalProperties: false,
    },
    WireMux: {
      type: 'object',
      properties: { behind: { type: 'array', items: { $ref: '#/$defs/WireRef' } } },
      required: ['behind'],
      additionalProperties: false,
    },
    WireRef: { oneOf: [{ $ref: '#/$defs/Wire' }, { type: 'string' }] },
  },
};

interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly {
    readonly instancePath: string;
    readonly keyword: string;
    readonly params: object;
  }[];
}

describe('unions and alternates', () => {
  let validate: Validator;

  before(() => {
    const code = writeValidators(contract, ['wire-add'])
      .code.replace(/^import .*\n/gm, '')
      .replace('export const', 'return');
    const load = new Function(...Object.keys(json), code.replace('return validators =', 'return'));
    const loaded: { readonly 'wire-add': Validator } = load(...Object.values(json));
    validate = loaded['wire-add'];
  });

  const firstError = (wire: unknown): string | undefined => {
    if (validate({ id: 'w', wire })) return undefined;
    const [error] = validate.errors ?? [];
    return error && [error.instancePath, error.keyword, ...Object.values(error.params)].join(' ');
  };

  it('accept what each variant adds', () => {
    assert.equal(firstError({ kind: 'file', path: '/x', mode: 0o644, logged: true }), undefined);
    assert.equal(firstError({ kind: 'null' }), undefined);
    assert.equal(firstError({ kind: 'mux', behind: ['w0', { kind: 'null' }] }), undefined);
  });

  it('refuse what belongs to another variant', () => {
    assert.equal(firstError({ kind: 'null', path: '/x' }), '/wire additionalProperties path');
    assert.equal(firstError({ kind: 'file', path: '/x', behind: [] }), '/wire additionalProperties behind');
  });

  it('say what is wrong with the tag, and only then look at the variant', () => {
    assert.equal(firstError({ path: 5 }), '/wire required kind');
    assert.equal(firstError({ kind: 'pipe' }), '/wire/kind enum file,mux,null');
    assert.equal(firstError({ kind: 'file', logged: 1 }), '/wire/logged type boolean');
    assert.equal(firstError({ kind: 'file' }), '/wire required path');
    assert.equal(firstError({ kind: 'file', path: 'x', mode: 0x10000 }), '/wire/mode integer uint16');
  });

  it('follow an alternate into the branch of the JSON type', () => {
    assert.equal(firstError({ kind: 'mux', behind: [{ kind: 'file' }] }), '/wire/behind/0 required path');
    assert.equal(firstError({ kind: 'mux', behind: [true] }), '/wire/behind/0 alternate WireRef');
  });

  it('do not take a float for an object', () => {
    assert.equal(firstError(new json.JsonDouble(1)), '/wire type object');
  });

  it('are introspected with a case for every value of the tag', () => {
    const entries = introspect(contract);
    const union = entries.find(entry => 'variants' in entry);
    assert.ok(union !== undefined);
    assert.equal(union.tag, 'kind');
    assert.deepEqual(union.variants, [
      { case: 'file', type: '4' },
      { case: 'mux', type: '5' },
      { case: 'null', type: '1' },
    ]);
    assert.deepEqual(entries.find(entry => entry['meta-type'] === 'enum')?.members, [
      { name: 'file' },
      { name: 'mux', features: ['unstable'] },
      { name: 'null' },
    ]);
    assert.deepEqual(entries.find(entry => entry['meta-type'] === 'alternate')?.members, [
      { type: '2' },
      { type: 'str' },
    ]);
    assert.deepEqual(entries.find(entry => entry.name === '1')?.members, []);
  });

  it('become unions in TypeScript', async () => {
    const types = await writeTypes(contract);
    assert.match(types, /export type WireRef = Wire \| string;/);
    assert.match(types, /readonly behind: readonly WireRef\[\];/);
    assert.match(types, /\{ readonly kind: 'file' \} & WireFile/);
    assert.match(types, /\{ readonly kind: 'null' \}/);
  });
});
