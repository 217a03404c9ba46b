import { readFileSync } from 'node:fs';
import { fileStatus } from '../base/file-status.ts';
import { readStart } from '../base/read-start.ts';
import { systemErrorText } from '../base/system-errors.ts';
import { CliError, type Report } from './errors.ts';
import type { Target } from './target.ts';

/** As much of a file says what it is: the identification of an ELF file, or the header of a Linux kernel for PCs. */
const ELF_IDENTIFICATION_SIZE = 16;
const ELF_MAGIC = '\x7fELF';
const ELF_BIG_ENDIAN = 2;
const ELF_BYTE_ORDER = 5;
const ELF_MACHINE = 18;
/** `e_machine` of what runs on POWER. */
const POWER_MACHINES = [20, 21];
const HEAD_SIZE = 8192;
/** Linux, Documentation/x86/boot.rst: where the header begins that a boot loader looks for. */
const LINUX_MAGIC = 'HdrS';
const LINUX_MAGIC_OFFSET = 0x202;
const MULTIBOOT_MAGIC = 0x1badb002;

/**
 * Whether a kernel and its initial RAM disk are files that could be started. Nothing is loaded.
 * @throws CliError
 */
export function checkKernel(target: Target, kernel: string, initrd: string | undefined): void {
  if (target === 'ppc64') checkPowerKernel(kernel);
  else checkPcKernel(kernel);
  if (initrd === undefined) return;
  try {
    readFileSync(initrd);
  } catch (error) {
    if (target === 'ppc64') throw CliError.at(undefined, `could not load initial ram disk '${initrd}'`);
    const reason = `Failed to open file “${initrd}”: open() failed: ${systemErrorText(error)}`;
    throw plain(`qemu: error reading initrd ${initrd}: ${reason}`);
  }
}

function checkPowerKernel(file: string): void {
  const fail = (why: string, ...before: readonly Report[]) =>
    new CliError([...before, { severity: 'error', message: `error loading ${file}: ${why}` }]);
  const head = readHead(file, error =>
    fail('Failed to load ELF', { severity: 'plain', message: `${file}: ${systemErrorText(error)}` }),
  );
  if (head === undefined || head.length < ELF_IDENTIFICATION_SIZE) throw fail('Failed to load ELF');
  if (head.toString('latin1', 0, ELF_MAGIC.length) !== ELF_MAGIC) throw fail('The image is not ELF');
  if (head.length < ELF_MACHINE + 2) throw fail('Failed to load ELF');
  const machine =
    head[ELF_BYTE_ORDER] === ELF_BIG_ENDIAN ? head.readUInt16BE(ELF_MACHINE) : head.readUInt16LE(ELF_MACHINE);
  if (!POWER_MACHINES.includes(machine)) throw fail('The image is from incompatible architecture');
}

function checkPcKernel(file: string): void {
  const head = readHead(file, error =>
    plain(`qemu: could not open kernel file '${file}': ${systemErrorText(error)}`),
  );
  if (head === undefined) throw plain(`qemu: could not load kernel '${file}': Is a directory`);
  if (head.length === 0) throw plain(`qemu: could not load kernel '${file}': No such file or directory`);
  const isLinux =
    head.toString('latin1', LINUX_MAGIC_OFFSET, LINUX_MAGIC_OFFSET + LINUX_MAGIC.length) === LINUX_MAGIC;
  const isElf = head.toString('latin1', 0, ELF_MAGIC.length) === ELF_MAGIC;
  if (!isLinux && !isElf && !isMultiboot(head)) throw plain('qemu: invalid kernel header');
}

/** Multiboot Specification, 3.1: the header is within the first 8192 bytes, aligned. */
function isMultiboot(head: Buffer): boolean {
  for (let at = 0; at + 4 <= head.length; at += 4) if (head.readUInt32LE(at) === MULTIBOOT_MAGIC) return true;
  return false;
}

/** @returns the beginning of a file; undefined for a folder. @throws what `cannotOpen` makes of the failure */
function readHead(file: string, cannotOpen: (error: unknown) => CliError): Buffer | undefined {
  try {
    return readStart(file, HEAD_SIZE);
  } catch (error) {
    if (fileStatus(file)?.isDirectory() === true) return undefined;
    throw cannotOpen(error);
  }
}

function plain(message: string): CliError {
  return new CliError([{ severity: 'plain', message }]);
}
