/** `npm run bench`: our figures beside those of the real QEMU in the same run. */

import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Measure, measureEmulators } from './emulation.ts';
import { isInstalled } from './emulator.ts';
import { measureReplay, PAGES } from './replay.ts';
import { measureWindow, WINDOWS } from './windows.ts';

const OURS = { name: 'qmpsim', path: join(import.meta.dirname, '../../dist/qmpsim-system-ppc64') };
const QEMU = { name: 'QEMU', path: 'qemu-system-ppc64' };
const REPLAY_TARGET_MS = 3;
/** Of what a memory copy of the table takes. */
const PAGE_TARGET = 5;

const hasQemu = isInstalled(QEMU.path);
const programs = hasQemu ? [OURS, QEMU] : [OURS];

console.log(`Node.js ${process.version}, ${cpus().length} processors (${cpus()[0]?.model.trim()})`);
if (!hasQemu) console.log(`No ratios: ${QEMU.path} is not installed.`);
console.log(`Medians; ${programs.map(program => program.name).join(' and ')} in turn.\n`);

row('', 'qmpsim', 'QEMU', 'ratio', 'wanted');
for await (const measure of measureEmulators(programs)) print(measure);

const { cold, warm, copy } = await measureReplay();
console.log();
row('replay of a full window, in process', 'first', 'later', 'memory copy', 'wanted');
row(`  ${PAGES.toLocaleString('en')} pages`, ms(cold), ms(warm), ms(copy), `< ${REPLAY_TARGET_MS} ms`);

console.log();
row('cost of each page of a full window, in process', 'mapping', 'replay', 'memory copy', 'wanted');
for (const window of WINDOWS) {
  const { pages, mapping, single, replay, copy } = await measureWindow(window);
  const each = (total: number) => `${((total / pages) * 1e6).toFixed(2)} ns`;
  const ratio = (total: number) => `${(total / copy).toFixed(2)} x`;
  row(`  ${window.title}`, each(mapping), each(replay), each(copy), '');
  row('', ratio(mapping), ratio(replay), '', `<= ${PAGE_TARGET} x`);
  row('    mapped by a hypercall of its own', each(single * pages));
}

function print({ title, unit, target, results: [ours = Number.NaN, qemu] }: Measure): void {
  const format = unit === 'ms' ? ms : rate;
  const ratio = qemu === undefined ? '' : `${(ours / qemu).toFixed(1)} x`;
  const limit = target === undefined ? '' : `${unit === 'ms' ? '<' : '>='} ${target} x`;
  row(title, format(ours), qemu === undefined ? '' : format(qemu), ratio, limit);
}

function row(title: string, ...cells: readonly string[]): void {
  console.log(title.padEnd(46) + cells.map(cell => cell.padStart(12)).join(''));
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

function rate(value: number): string {
  return `${Math.round(value).toLocaleString('en')}/s`;
}
