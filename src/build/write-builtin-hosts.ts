import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The hosts that are simulated unless another is given. */
const BUILT_IN = ['power8', 'x86'];

/** Modules of the inventory files that are built in, by name: nothing has to be read at a start. */
export function writeBuiltinHosts(examples: string): ReadonlyMap<string, string> {
  return new Map(
    BUILT_IN.map(name => {
      const document: unknown = JSON.parse(readFileSync(join(examples, `${name}.json`), 'utf8'));
      const text = JSON.stringify(document);
      return [
        `hosts/${name}.ts`,
        `/** \`src/host/examples/${name}.json\` */\nexport const HOST = ${text} as const;\n`,
      ];
    }),
  );
}
