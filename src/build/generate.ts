/** Makes `src/generated/` from `schema/`: `tsx src/build/generate.ts`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readContract } from './documents.ts';
import { writeBuiltinHosts } from './write-builtin-hosts.ts';
import { writeHostInventory } from './write-host-inventory.ts';
import { writeIntrospection } from './write-introspection.ts';
import { writeCommands, writeEvents } from './write-tables.ts';
import { writeTypes } from './write-types.ts';
import { VALIDATOR_TYPES, writeValidators } from './write-validators.ts';

const BANNER = '// Made from schema/ by src/build/generate.ts; changes belong there.\n\n';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const schemas = join(root, 'schema');
const generated = join(root, 'src/generated');

const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const contract = readContract(schemas);
const files = new Map([
  ['types.ts', await writeTypes(contract)],
  ['commands.ts', writeCommands(contract)],
  ['events.ts', writeEvents(contract)],
  ['validator.ts', VALIDATOR_TYPES],
  ['introspection.ts', writeIntrospection(contract)],
  [
    'version.ts',
    `/** The simulator's own version, from package.json. */\nexport const VERSION = '${version}';\n`,
  ],
]);

for (const [document, names] of Object.entries(contract.documents)) {
  const { code, types } = writeValidators(contract, names);
  files.set(`validators/${document}.js`, code).set(`validators/${document}.d.ts`, types);
}

const inventorySchema = join(schemas, 'host.schema.json');
if (existsSync(inventorySchema)) {
  const inventory = await writeHostInventory(JSON.parse(readFileSync(inventorySchema, 'utf8')));
  files.set('host-inventory.js', inventory.code).set('host-inventory.d.ts', inventory.types);
}

for (const [name, text] of writeBuiltinHosts(join(root, 'src/host/examples'))) files.set(name, text);

for (const folder of ['validators', 'hosts']) mkdirSync(join(generated, folder), { recursive: true });
for (const name of readdirSync(generated, { recursive: true, encoding: 'utf8' })) {
  if (!files.has(name) && name.includes('.')) rmSync(join(generated, name));
}
for (const [name, text] of files) writeFileSync(join(generated, name), BANNER + text);
