/** Makes `dist/` from `src/`: `tsx src/build/bundle.ts`. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { recordCodeCache } from './code-cache.ts';

/** The program's names; the one it is called by chooses the target. */
const EXECUTABLES = ['qmpsim', 'qmpsim-system-ppc64', 'qmpsim-system-x86_64'];

const COMMON: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // Names are kept, and lines short enough for a stack trace to point at something.
  lineLimit: 120,
  legalComments: 'none',
  logLevel: 'warning',
};

/** @param root the project's folder @param entry the program's module @param dist what to make */
export async function bundle(root: string, entry: string, dist: string): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  await bundleProgram(entry, dist);
  await bundleLaunchers(root, dist);
  await bundleLibrary(join(root, 'src/index.ts'), dist);
  const cache = join(dist, `main-${process.version}-${process.arch}.cache`);
  await recordCodeCache(join(dist, 'qmpsim-system-ppc64'), join(dist, 'main.js'), cache);
}

/** `main.js`, and a file for each generated or foreign module that is imported only when needed. */
async function bundleProgram(entry: string, dist: string): Promise<void> {
  const separate = new Map<string, string>();
  await build({
    ...COMMON,
    format: 'cjs',
    // `import()` becomes a late `require`, which a script loaded by the launcher can do.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [separateGenerated(separate)],
    entryPoints: [entry],
    outfile: join(dist, 'main.js'),
    // The launcher evaluates the file as it is: a function, as Node.js makes one of each CommonJS module.
    banner: { js: '(function(exports,require,module,__filename,__dirname){' },
    footer: { js: '})' },
  });
  if (separate.size === 0) return;
  await build({
    ...COMMON,
    format: 'cjs',
    entryPoints: [...separate].map(([name, path]) => ({ in: path, out: name })),
    outdir: dist,
  });
}

/** Keeps `ws` and modules of `src/generated/` that are imported with `import()` out of the bundle. */
function separateGenerated(found: Map<string, string>): Plugin {
  return {
    name: 'separate-generated',
    setup(builder) {
      builder.onResolve({ filter: /^ws$/ }, ({ kind }) => {
        if (kind !== 'dynamic-import') return undefined;
        found.set('ws', 'ws');
        return { path: './ws.js', external: true };
      });
      builder.onResolve({ filter: /\/generated\// }, ({ kind, path, resolveDir }) => {
        if (kind !== 'dynamic-import') return undefined;
        const name = basename(path).replace(/\.[jt]s$/, '');
        found.set(name, resolve(resolveDir, path));
        return { path: `./${name}.js`, external: true };
      });
    },
  };
}

async function bundleLaunchers(root: string, dist: string): Promise<void> {
  const { outputFiles } = await build({
    ...COMMON,
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
    entryPoints: [join(root, 'src/build/launcher.ts')],
    write: false,
  });
  for (const { contents } of outputFiles) {
    for (const name of EXECUTABLES) {
      writeFileSync(join(dist, name), contents);
      chmodSync(join(dist, name), 0o755);
    }
  }
}

async function bundleLibrary(entry: string, dist: string): Promise<void> {
  if (!existsSync(entry)) return;
  await build({
    ...COMMON,
    format: 'esm',
    splitting: true,
    entryPoints: [entry],
    outdir: dist,
    outExtension: { '.js': '.mjs' },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
  await bundle(root, join(root, 'src/cli/program.ts'), join(root, 'dist'));
}
