import type { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';

/**
 * Source of an ES module that exports, by the names that are the keys, the validation functions of the
 * schemas whose ids are the values. ajv writes `require` for its helper even then, and Node.js has the same.
 */
export function standaloneCode(ajv: Ajv, exported: Readonly<Record<string, string>>): string {
  return standalone
    .default(ajv, { ...exported })
    .replace(
      /const (\w+) = require\("ajv\/dist\/runtime\/equal"\)\.default;/g,
      "import { isDeepStrictEqual as $1 } from 'node:util';",
    );
}
