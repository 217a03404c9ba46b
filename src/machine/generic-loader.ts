import { readFileSync, statSync } from 'node:fs';
import { QmpError } from '../base/errors.ts';
import { readStart } from '../base/read-start.ts';
import { Device } from '../qdev/device.ts';
import { bool, str, uint8, uint32, uint64 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import { Machine } from './machine.ts';

const NO_CPU = 0xffffffff;
const MAX_DATA_LENGTH = 8;
const ELF_MAGIC = Buffer.from('\x7fELF', 'latin1');

const addr = uint64('addr', 0n);
const data = uint64('data', 0n);
const dataLength = uint8('data-len', 0);
const bigEndian = bool('data-be', false);
const file = str('file');
const forceRaw = bool('force-raw', false);
const cpuNumber = uint32('cpu-num', NO_CPU);

/**
 * What puts a value or a file into memory before the guest starts, and whenever it starts again, or has a processor
 * start elsewhere. Of programs it looks only at whether they are there: none ever runs.
 */
class GenericLoader extends Device {
  /** What is put into memory. */
  #content: Uint8Array | undefined;

  protected override onRealize(): void {
    const name = this.value(file);
    const hasData = this.value(data) !== 0n || this.value(dataLength) !== 0 || this.value(bigEndian);
    if (hasData) this.#checkData();
    else if (name === undefined && !this.value(forceRaw)) this.#checkStart();
    this.#checkProcessor();
    if (name !== undefined) this.#content = this.#read(name);
    else if (hasData) this.#content = this.#dataBytes();
  }

  override onReset(): void {
    if (this.#content !== undefined) this.#machine.memorySpace.write(this.value(addr), this.#content);
  }

  /** The first bytes of the number as it lies in memory. */
  #dataBytes(): Uint8Array {
    const bytes = Buffer.alloc(MAX_DATA_LENGTH);
    if (this.value(bigEndian)) bytes.writeBigUInt64BE(this.value(data));
    else bytes.writeBigUInt64LE(this.value(data));
    return bytes.subarray(0, this.value(dataLength));
  }

  #checkData(): void {
    const unsupported = (what: string) =>
      new QmpError(`Specifying ${what} is not supported when loading memory values`);
    if (this.value(file) !== undefined) throw unsupported('a file');
    if (this.value(forceRaw)) throw unsupported('force-raw');
    if (this.value(dataLength) === 0) throw new QmpError('Both data and data-len must be specified');
    if (this.value(dataLength) > MAX_DATA_LENGTH)
      throw new QmpError('data-len cannot be greater then 8 bytes');
  }

  #checkStart(): void {
    if (this.value(addr) === 0n) throw new QmpError('please include valid arguments');
    if (this.value(cpuNumber) === NO_CPU)
      throw new QmpError('cpu_num must be specified when setting a program counter');
  }

  #checkProcessor(): void {
    const wanted = this.value(cpuNumber);
    if (wanted === NO_CPU || this.#machine.processors.info.some(cpu => cpu['cpu-index'] === wanted)) return;
    throw new QmpError(`Specified boot CPU#${wanted} is nonexistent`);
  }

  /**
   * Programs say where they go; anything else must not be larger than the memory at start.
   * @returns what is to be put into memory as it is. @throws QmpError
   */
  #read(name: string): Uint8Array | undefined {
    const found = inspect(name);
    const isProgram = found?.isElf === true && !this.value(forceRaw);
    if (found === undefined || (!isProgram && found.size > this.system.ramSize))
      throw new QmpError(`Cannot load specified image ${name}`);
    return isProgram ? undefined : readFileSync(name);
  }

  get #machine(): Machine {
    const { machine } = this.system;
    if (!(machine instanceof Machine)) throw new Error('no machine around the loader');
    return machine;
  }
}

/** @returns undefined for what cannot be read, such as a folder */
function inspect(name: string): { readonly size: number; readonly isElf: boolean } | undefined {
  try {
    return { isElf: readStart(name, ELF_MAGIC.length).equals(ELF_MAGIC), size: statSync(name).size };
  } catch {
    return undefined;
  }
}

export const GENERIC_LOADER_TYPE: TypeInfo = {
  name: 'loader',
  parent: 'device',
  properties: [addr, data, dataLength, bigEndian, file, forceRaw, cpuNumber],
  create: type => new GenericLoader(type),
  class: { description: 'Generic Loader', category: 'misc' },
};
