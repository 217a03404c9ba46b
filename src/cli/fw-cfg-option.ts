import { readFileSync } from 'node:fs';
import { lastValue } from '../base/option-syntax.ts';
import { systemErrorText } from '../base/system-errors.ts';
import type { Machine } from '../machine/machine.ts';
import type { OptionsForm } from './configuration.ts';
import { CliError, type Report } from './errors.ts';

const MAX_NAME_LENGTH = 55;
const SOURCES = ['file', 'string', 'gen_id'];

/** Items for firmware, which does not run: whether it could have them. @throws CliError */
export function checkFirmwareItems(
  machine: Machine,
  items: readonly OptionsForm[],
  report: (report: Report) => void,
): void {
  const names = new Set<string>();
  const isThere = [...machine.system.inService].some(({ type }) => type.isA('fw_cfg'));
  for (const { entries, location } of items) {
    const fail = (message: string) => CliError.at(location, message);
    if (!isThere) throw fail('fw_cfg device not available');
    const name = lastValue(entries, 'name') ?? '';
    const sources = SOURCES.filter(source => (lastValue(entries, source) ?? '') !== '');
    if (name === '' || sources.length !== 1)
      throw fail('name, plus exactly one of file, string and gen_id, are needed');
    if (name.length > MAX_NAME_LENGTH) throw fail(`name too long (max. ${MAX_NAME_LENGTH} char)`);
    const value = lastValue(entries, sources[0] ?? '') ?? '';
    // No object here makes such items.
    if (sources[0] === 'gen_id') throw fail(`Cannot find object ID '${value}'`);
    if (!name.startsWith('opt/')) {
      const message = 'externally provided fw_cfg item names should be prefixed with "opt/"';
      report({ severity: 'warning', message, location });
    }
    if (sources[0] === 'file') checkFile(value, fail);
    if (names.has(name)) throw fail(`duplicate fw_cfg file name: ${name}`);
    names.add(name);
  }
}

function checkFile(file: string, fail: (message: string) => CliError): void {
  try {
    readFileSync(file);
  } catch (error) {
    const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR';
    const step = isFolder ? 'Error reading file' : 'Failed to open file';
    throw fail(`can't load ${file}: ${step} “${file}”: ${systemErrorText(error)}`);
  }
}
