import type { AnySchemaObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { standaloneCode } from './ajv-standalone.ts';

/** The module `host-inventory.js` and its types: the check of an inventory file against its schema. */
export async function writeHostInventory(schema: JSONSchema & AnySchemaObject): Promise<{
  readonly code: string;
  readonly types: string;
}> {
  const ajv = new Ajv2020({ code: { source: true, esm: true, lines: true } });
  ajv.addSchema(schema, 'host-inventory');
  const declared = await compile({ ...schema, title: 'HostInventoryFile' }, 'HostInventoryFile', {
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 110 },
  });
  return {
    code: standaloneCode(ajv, { validateHostInventory: 'host-inventory' }),
    types: `${declared}
/** Tells whether a JSON document is an inventory file; if not, \`errors\` of the same function says why. */
export const validateHostInventory: {
  (document: unknown): document is HostInventoryFile;
  errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null;
};
`,
  };
}
