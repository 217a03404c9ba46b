/**
 * What `dist/qmpsim` and its siblings are: loads the program through V8's code cache, which makes starting
 * several times faster than compiling would. A cache made by another version of Node is not used.
 */
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';

const CACHE = `${__dirname}/cache/${process.version}-${process.arch}`;
const loaded = new Map<string, { exports: unknown }>();

loadScript('./main.js');

/** As `require`; the program's own scripts end in `.js`. */
function requireScript(id: string): unknown {
  return id.endsWith('.js') ? (loaded.get(id)?.exports ?? loadScript(id)) : require(id);
}

function loadScript(id: string): unknown {
  const filename = `${__dirname}/${id.slice(2)}`;
  // esbuild writes nothing but ASCII, which Latin-1 reads fastest.
  const source = readFileSync(filename, 'latin1');
  const cachedData = readCache(`${CACHE}/${id.slice(2)}`);
  const script = new Script(source, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
  const module = { exports: {} };
  loaded.set(id, module);
  script.runInThisContext()(module.exports, requireScript, module, filename, __dirname);
  return module.exports;
}

function readCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
