import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentNames, readContract } from '../../src/build/documents.ts';

const SCHEMA = join(import.meta.dirname, '../../schema');

/** A folder with the meta schema and one document. */
function folderWith(document: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'qmpsim-schema-'));
  writeFileSync(join(folder, 'meta.schema.json'), readFileSync(join(SCHEMA, 'meta.schema.json')));
  const heading = { $schema: './meta.schema.json', title: 'Test', description: 'A document.' };
  writeFileSync(join(folder, 'test.json'), JSON.stringify({ ...heading, ...document }));
  return folder;
}

function readOnly(document: object): ReturnType<typeof readContract> {
  const folder = folderWith(document);
  try {
    return readContract(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const structure = (properties: object, required?: readonly string[]): object => ({
  description: 'A structure.',
  type: 'object',
  properties,
  ...(required === undefined ? {} : { required }),
  additionalProperties: false,
});

describe('schema documents', () => {
  it('all follow the meta schema and refer to types that exist', () => {
    assert.ok(documentNames(SCHEMA).includes('control.json'));
    const { commands, events } = readContract(SCHEMA);
    assert.ok('query-status' in commands);
    assert.ok('DEVICE_DELETED' in events);
  });

  it('mark every command of our own as unstable', () => {
    for (const [name, { features }] of Object.entries(readContract(SCHEMA).commands)) {
      if (name.startsWith('x-')) assert.deepEqual(features, ['unstable'], name);
    }
  });

  it('are refused with the place that breaks the meta schema', () => {
    assert.throws(() => readOnly({ commands: { stop: {} } }), /test\.json\/commands\/stop: .*'description'/);
    const untyped = { T: structure({ a: { description: 'An integer.', type: 'integer' } }) };
    assert.throws(() => readOnly({ $defs: untyped }), /test\.json\/\$defs\/T/);
    const nested = { T: structure({ a: structure({}) }) };
    assert.throws(() => readOnly({ $defs: nested }), /test\.json\/\$defs\/T/);
  });

  it('are refused if a reference leads nowhere', () => {
    const dangling = { T: structure({ a: { description: 'Nothing.', $ref: 'test.json#/$defs/U' } }) };
    assert.throws(() => readOnly({ $defs: dangling }), /'test\.json#\/\$defs\/U' leads nowhere/);
  });

  it('are refused if a required member does not exist', () => {
    assert.throws(
      () => readOnly({ $defs: { T: structure({}, ['b']) } }),
      /T: 'b' is required, but not defined/,
    );
  });
});
