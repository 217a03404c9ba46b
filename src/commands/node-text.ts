import { QmpError } from '../base/errors.ts';
import { fileStatus } from '../base/file-status.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import { probeFormat } from '../block/qcow2.ts';
import type { BlockdevOptions } from '../generated/types.ts';
import { validators } from '../generated/validators/block-core.js';
import { argumentError } from '../qmp/argument-errors.ts';
import { parseJsonText } from '../qmp/json-text.ts';
import type { TextArguments, TextValue } from '../qmp/text-arguments.ts';

/** Options of a block node, as text. */
export interface TextTree {
  readonly [name: string]: TextValue;
}

/** Options whose names are paths, like `file.filename`, as objects in objects. */
export function treeOf(options: readonly (readonly [name: string, value: string])[]): TextTree {
  const root: Record<string, TextValue> = {};
  for (const [path, value] of options) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let branch = root;
    for (const name of names) {
      const next = { ...asTree(branch[name]) };
      branch[name] = next;
      branch = next;
    }
    branch[last] = value;
  }
  return root;
}

/** A branch of options; without any where there is none. */
export function asTree(value: TextValue | undefined): TextTree {
  return typeof value === 'object' && !Array.isArray(value) ? (value as TextTree) : {};
}

const NO_FILE = 'A block device must be specified for "file"';

const PROTOCOLS: readonly string[] = ['file', 'host_device', 'host_cdrom', 'null-co', 'null-aio'];

/**
 * Puts in what a file's name says, where it belongs: the format it has, unless one is named, and what it is opened with.
 * @param name empty where the options have it, if anything has
 * @throws QmpError
 */
export function withFile(text: TextTree, name: string, aio: string | undefined): TextTree {
  if (name.startsWith('json:')) return { ...jsonOptions(name.slice('json:'.length)), ...text };
  if (name === '' && text.driver === undefined && text.file === undefined)
    throw new QmpError('Must specify either driver or file');
  const driver = text.driver ?? probeFormat(name === '' ? String(asTree(text.file).filename ?? '') : name);
  if (typeof driver === 'string' && PROTOCOLS.includes(driver)) {
    return name === '' ? { ...text, driver } : { ...text, driver, ...protocolOptions(driver, name, aio) };
  }
  if (typeof text.file === 'string') return { ...text, driver };
  const below = asTree(text.file);
  const target = name === '' ? String(below.filename ?? '') : name;
  if (target === '' && below.driver === undefined) return { ...text, driver };
  const protocol = typeof below.driver === 'string' ? below.driver : protocolOf(target);
  const options = target === '' ? {} : protocolOptions(protocol, target, aio);
  return { ...text, driver, file: { driver: protocol, ...options, ...below } };
}

function jsonOptions(text: string): TextTree {
  try {
    const value: JsonValue = parseJsonText(text);
    // Values have types already; as texts they are read again.
    if (isJsonObject(value)) return asTexts(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new QmpError(`Could not parse the JSON options: ${error.message}`);
  }
  throw new QmpError('Invalid JSON object given');
}

function asTexts(value: JsonObject): TextTree {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asText(member)]));
}

function asText(value: JsonValue | undefined): TextValue {
  if (isJsonObject(value)) return asTexts(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}

/** What a name without a driver is opened with. */
function protocolOf(name: string): string {
  const prefix = prefixOf(name);
  if (prefix !== undefined) {
    if (!PROTOCOLS.includes(prefix)) throw new QmpError(`Unknown protocol '${prefix}'`);
    return prefix;
  }
  const status = fileStatus(name);
  return status?.isBlockDevice() || status?.isCharacterDevice() ? 'host_device' : 'file';
}

function prefixOf(name: string): string | undefined {
  return /^([^/:]*):/.exec(name)?.[1];
}

function protocolOptions(driver: string, name: string, aio: string | undefined): TextTree {
  if (driver.startsWith('null-')) {
    if (name !== `${driver}://`)
      throw new QmpError(`The only allowed filename for this driver is '${driver}://'`);
    return {};
  }
  const filename = prefixOf(name) === driver ? name.slice(driver.length + 1) : name;
  return { filename, 'auto-read-only': 'on', ...(aio === undefined ? {} : { aio }) };
}

/** Gives options their types, and checks them. @throws QmpError in the words of `-drive` */
export function nodeOptions(reader: TextArguments, text: TextTree): BlockdevOptions {
  try {
    const options = reader.read('blockdev-add', text);
    const validate = validators['blockdev-add'];
    if (validate(options)) return options;
    throw argumentError(validate.errors ?? [], options, new MemberOrder());
  } catch (error) {
    throw error instanceof QmpError ? inWordsOfDrives(error, text) : error;
  }
}

function inWordsOfDrives(error: QmpError, text: TextTree): QmpError {
  const [, driver] = /^Parameter '(?:file\.)?driver' does not accept value '(.*)'$/.exec(error.desc) ?? [];
  if (driver !== undefined) return new QmpError(`Unknown driver '${driver}'`);
  if (error.desc === "Parameter 'file' is missing") return new QmpError(NO_FILE);
  const [, branch, name] = /^Parameter '(file\.)?(.*)' is unexpected$/.exec(error.desc) ?? [];
  if (name === undefined) return error;
  const owner = String((branch === undefined ? text : asTree(text.file)).driver);
  return new QmpError(
    PROTOCOLS.includes(owner)
      ? `Block protocol '${owner}' doesn't support the option '${name}'`
      : `Block format '${owner}' does not support the option '${name}'`,
  );
}
