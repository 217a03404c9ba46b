import { Emulator } from './emulator.ts';
import { canonical, parse } from './messages.ts';

/** Every object that `qom-list` reaches, with the types and values of its properties. */
export type Tree = ReadonlyMap<string, ReadonlyMap<string, string>>;

const PATIENCE = 5_000;

/** Walks the object tree of an emulator that is started for this. */
export async function walk(program: string, args: readonly string[]): Promise<Tree> {
  const emulator = new Emulator(program, [...args, '-qmp', 'unix:qmp.sock,server=on,wait=off']);
  try {
    const client = await emulator.connect('qmp.sock');
    if (client === undefined) throw new Error(`${program}: ${(await emulator.ended).stderr}`);
    const lines: string[] = [];
    const execute = async (commands: readonly string[]): Promise<string[]> => {
      client.send(commands.map(command => `${command}\n`).join(''));
      const arrived = () => {
        lines.push(...client.takeLines().filter(line => !line.includes('"event"')));
        return lines.length >= commands.length;
      };
      if (!(await client.until(arrived, PATIENCE))) throw new Error(`${program} does not answer`);
      return lines.splice(0);
    };
    await client.until(() => client.takeLines().length > 0, PATIENCE);
    await execute(['{"execute":"qmp_capabilities"}']);
    const tree = new Map<string, ReadonlyMap<string, string>>();
    const left = ['/'];
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      const [listing = ''] = await execute([command('qom-list', { path })]);
      const properties = entries(parse(listing));
      const values = await execute(
        properties.map(({ name }) => command('qom-get', { path: String(path), property: name })),
      );
      tree.set(
        path,
        new Map(
          properties.map(({ name, type }, index) => [name, `${type} ${canonical(values[index] ?? '')}`]),
        ),
      );
      for (const { name, type } of properties) {
        if (type.startsWith('child<')) left.push(path === '/' ? `/${name}` : `${path}/${name}`);
      }
    }
    return tree;
  } finally {
    await emulator.stop();
  }
}

function command(execute: string, args: Readonly<Record<string, string>>): string {
  return JSON.stringify({ execute, arguments: args });
}

function entries(reply: unknown): { name: string; type: string }[] {
  if (typeof reply !== 'object' || reply === null || !('return' in reply)) return [];
  return Array.isArray(reply.return) ? reply.return : [];
}

/** What the second tree has otherwise than the first, a line each. */
export function differences(qemu: Tree, ours: Tree): string[] {
  const found: string[] = [];
  const isBelow = (path: string, missing: ReadonlySet<string>) => {
    for (let up = path.lastIndexOf('/'); up > 0; up = path.lastIndexOf('/', up - 1)) {
      if (missing.has(path.slice(0, up))) return true;
    }
    return false;
  };
  const missing = new Set<string>();
  for (const [path, properties] of qemu) {
    if (isBelow(path, missing)) continue;
    const own = ours.get(path);
    if (own === undefined) {
      missing.add(path);
      found.push(`${path}: missing`);
      continue;
    }
    for (const [name, value] of properties) {
      const ourValue = own.get(name);
      if (ourValue !== value) found.push(`${path} ${name}: ${value} | ours: ${ourValue ?? 'missing'}`);
    }
    for (const name of own.keys()) if (!properties.has(name)) found.push(`${path} ${name}: ours alone`);
  }
  return found;
}
