import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Script } from 'node:vm';

/** What the program is made to do, so that the functions this needs are in the cache. */
const COMMANDS = [
  { execute: 'qmp_capabilities' },
  { execute: 'query-status' },
  { execute: 'query-commands' },
  { execute: 'qom-list', arguments: { path: '/machine' } },
  { execute: 'device_add', arguments: { driver: 'e1000', id: 'nic0' } },
  { execute: 'device_del', arguments: { id: 'nic0' } },
  { execute: 'query-pci' },
  { execute: 'cont' },
  { execute: 'quit' },
];

const OPTIONS = ['-M', 'pseries', '-S', '-nodefaults', '-display', 'none'];
const PATIENCE_MS = 20_000;

/**
 * Runs a program made with `launcher.ts` and writes what V8 has compiled meanwhile to the files its next
 * start looks for.
 * @param dist the folder of the scripts that the launcher loads
 * @throws Error if the program fails, or the cache is of no use: a start without it is slow, but works
 */
export async function recordCodeCache(program: string, dist: string): Promise<void> {
  const cache = join(dist, 'cache', `${process.version}-${process.arch}`);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'qmpsim-cache-'));
  const socket = join(folder, 'qmp.sock');
  const hook = join(folder, 'hook.cjs');
  writeFileSync(hook, hookFor(cache));
  const child = spawn(
    process.execPath,
    ['--require', hook, program, ...OPTIONS, '-qmp', `unix:${socket},server=on,wait=off`],
    { stdio: ['ignore', 'inherit', 'ignore'], timeout: PATIENCE_MS },
  );
  try {
    const ended = once(child, 'exit');
    await converse(socket, child);
    const [status] = await ended;
    if (status !== 0) throw new Error(`${program} ended with status ${status}`);
    checkCodeCache(dist, cache);
  } finally {
    child.kill();
    rmSync(folder, { recursive: true });
  }
}

/** @throws Error unless each file fits its script, and together they hold functions that were executed */
function checkCodeCache(dist: string, cache: string): void {
  let executed = 0;
  for (const name of readdirSync(cache)) {
    const filename = join(dist, name);
    const source = readFileSync(filename, 'latin1');
    const cachedData = readFileSync(join(cache, name));
    const { cachedDataRejected } = new Script(source, { filename, cachedData });
    if (cachedDataRejected !== false) throw new Error(`${join(cache, name)} does not fit ${filename}`);
    // Without a run, only the outermost function is compiled.
    executed += cachedData.length - new Script(source, { filename }).createCachedData().length;
  }
  if (executed <= 0) throw new Error(`${cache} holds no functions that were executed`);
}

/** Remembers the launcher's scripts, and saves what has been compiled of them when the process ends. */
function hookFor(cache: string): string {
  return `const vm = require('node:vm');
const { writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    const path = join(${JSON.stringify(cache)}, basename(options.filename));
    process.on('exit', () => writeFileSync(path, this.createCachedData()));
  }
};
`;
}

async function converse(path: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
    } catch {
      await delay(20);
      continue;
    }
    socket.resume().write(COMMANDS.map(command => JSON.stringify(command)).join('\n'));
    await once(socket, 'close');
    return;
  }
}
