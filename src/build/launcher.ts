/**
 * What `dist/qmpsim` and its siblings are: loads `main.js` through V8's code cache, which makes starting
 * several times faster than compiling would. A cache made by another version of Node is not used.
 */
import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';

const cachedData = readCache(`${__dirname}/main-${process.version}-${process.arch}.cache`);
const filename = `${__dirname}/main.js`;
// esbuild writes nothing but ASCII, which Latin-1 reads fastest.
const source = readFileSync(filename, 'latin1');
const script = new Script(source, { filename, ...(cachedData === undefined ? {} : { cachedData }) });
script.runInThisContext()(exports, require, module, filename, __dirname);

function readCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
