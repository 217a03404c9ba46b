/** Makes `dist/` from `src/`: `tsx src/build/bundle.ts`. */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type TransformOptions, transform } from 'esbuild';
import { type OutputOptions, type Plugin, rollup } from 'rollup';
import { chunkPlan } from './chunk-plan.ts';
import { recordCodeCache } from './code-cache.ts';

/** The program's names; the one it is called by chooses the target. */
const EXECUTABLES = ['qmpsim', 'qmpsim-system-ppc64', 'qmpsim-system-x86_64'];

const COMMON = {
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  // Names are kept, and lines short enough for a stack trace to point at something.
  lineLimit: 120,
  legalComments: 'none',
} satisfies TransformOptions & BuildOptions;

/**
 * What the system sees of the launcher: to a shell, a script that runs itself with Node.js; to Node.js, a string and
 * a comment. Node.js would read the certificates of NODE_EXTRA_CA_CERTS at each start, which takes longer than
 * all the rest, and trusts nobody here who is not named in the credentials of a socket.
 */
const SHELL = `#!/bin/sh
":" //; unset NODE_EXTRA_CA_CERTS; exec node "$0" "$@"`;

/** The launcher evaluates files as they are: functions, as Node.js makes them of CommonJS modules. */
const WRAPPER = ['(function(exports,require,module,__filename,__dirname){', '})'] as const;

/** @param root the project's folder @param entry the program's module @param dist what to make */
export async function bundle(root: string, entry: string, dist: string): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n');
  const src = join(root, 'src');
  const within = (...paths: readonly string[]) => paths.map(path => join(src, path));
  const plan = chunkPlan({
    start: [entry, ...within('cli/application.ts', 'spapr/machines.ts')],
    machine: within('cli/build-machine.ts', 'spapr/family.ts'),
  });
  await bundleTypeScript({ main: entry }, plan, {
    dir: dist,
    format: 'cjs',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // A late `require`, which a script loaded by the launcher can do.
    dynamicImportInCjs: false,
  });
  await bundleLaunchers(root, dist);
  await bundleLibrary(join(root, 'src/index.ts'), dist);
  await bundleWebSockets(root, dist);
  cpSync(join(src, 'host/examples'), join(dist, 'hosts'), { recursive: true });
  await recordCodeCache(join(dist, 'qmpsim-system-ppc64'), dist);
}

/** A few files with everything in them that they need, but for what is imported late: that has files of its own. */
async function bundleTypeScript(
  input: Record<string, string>,
  manualChunks: OutputOptions['manualChunks'],
  output: OutputOptions,
): Promise<void> {
  const isScript = output.format === 'cjs';
  const bundled = await rollup({
    input,
    external: id => id.startsWith('node:') || id === 'ws',
    plugins: [stripTypes(isScript), minify(isScript ? WRAPPER : ['', ''])],
  });
  await bundled.write({
    ...output,
    ...(manualChunks === undefined ? {} : { manualChunks }),
    paths: { ws: isScript ? './ws.cjs' : '../ws.cjs' },
    hoistTransitiveImports: false,
  });
  await bundled.close();
}

function stripTypes(isScript: boolean): Plugin {
  return {
    name: 'strip-types',
    async load(id) {
      if (!id.endsWith('.ts')) return null;
      return await transform(readFileSync(id, 'utf8'), {
        loader: 'ts',
        target: 'es2023',
        tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
        ...(isScript ? { define: { 'import.meta.dirname': '__dirname' } } : {}),
      });
    },
  };
}

function minify([before, after]: readonly [string, string]): Plugin {
  return {
    name: 'minify',
    async renderChunk(code) {
      const { code: small } = await transform(code, COMMON);
      return { code: before + small.trimEnd() + after, map: null };
    },
  };
}

async function bundleLaunchers(root: string, dist: string): Promise<void> {
  const { outputFiles } = await build({
    ...COMMON,
    bundle: true,
    format: 'cjs',
    banner: { js: SHELL },
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

/** A package of CommonJS modules, for the program and the library. */
async function bundleWebSockets(root: string, dist: string): Promise<void> {
  const outfile = join(dist, 'ws.cjs');
  await build({ ...COMMON, absWorkingDir: root, bundle: true, format: 'cjs', entryPoints: ['ws'], outfile });
}

async function bundleLibrary(entry: string, dist: string): Promise<void> {
  if (!existsSync(entry)) return;
  await bundleTypeScript({ index: entry }, undefined, {
    dir: join(dist, 'lib'),
    format: 'es',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
  await bundle(root, join(root, 'src/cli/program.ts'), join(root, 'dist'));
}
