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
    for (const name of readdirSync(cache)) checkCodeCache(join(dist, name), join(cache, name));
  } finally {
    child.kill();
    rmSync(folder, { recursive: true });
  }
}

function checkCodeCache(script: string, cache: string): void {
  const source = readFileSync(script, 'latin1');
  const cachedData = readFileSync(cache);
  // Without a run, only the outermost function is compiled.
  const outermost = new Script(source).createCachedData().length;
  if (cachedData.length <= outermost) throw new Error(`${cache} holds no functions that were executed`);
  const { cachedDataRejected } = new Script(source, { filename: script, cachedData });
  if (cachedDataRejected !== false) throw new Error(`${cache} does not fit ${script}`);
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
