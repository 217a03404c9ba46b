import { QmpError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { MemberOrder } from '../base/member-order.ts';
import { isQcow2 } from '../block/qcow2.ts';
import type { BlockdevOptions, Netdev } from '../generated/types.ts';
import { validators as blockValidators } from '../generated/validators/block-core.js';
import { validators as netValidators } from '../generated/validators/net.js';
import type { Machine } from '../machine/machine.ts';
import { argumentError } from '../qmp/argument-errors.ts';
import { TextArguments, type TextValue } from '../qmp/text-arguments.ts';
import type { BlockdevRequest, Configuration, DriveRequest, NetdevRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import { atLocation } from './report-errors.ts';

/** Adds what the command line says about block nodes, drives and networks, in QEMU's order. @throws CliError */
export async function addBackends(machine: Machine, configuration: Configuration): Promise<void> {
  const { blockdevs, drives, netdevs } = configuration;
  const { introspection } = await import('../generated/introspection.ts');
  const reader = new TextArguments(introspection);
  for (const request of blockdevs)
    atLocation(request.location, () => machine.blocks.addNode(blockdevOptions(reader, request)));
  for (const request of drives) atLocation(request.location, () => addDrive(machine, reader, request));
  for (const request of netdevs)
    atLocation(request.location, () => machine.network.add(netdevOptions(reader, request)));
}

function blockdevOptions(reader: TextArguments, request: BlockdevRequest): BlockdevOptions {
  const options = request.form === 'json' ? request.value : reader.read('blockdev-add', request.value);
  return checkedBlockdev(options);
}

function netdevOptions(reader: TextArguments, request: NetdevRequest): Netdev {
  const options = request.form === 'json' ? request.value : reader.read('netdev_add', netdevText(request));
  const validate = netValidators.netdev_add;
  if (validate(options)) return options;
  const error = argumentError(validate.errors ?? [], options, new MemberOrder());
  const unexpected = /^Parameter '(.*)' is unexpected$/.exec(error.desc)?.[1];
  if (request.form !== 'options' || unexpected === undefined) throw error;
  throw new QmpError(`Invalid parameter '${unexpected}'`);
}

/** Options that can be given several times are lists of boxes. */
const REPEATED = new Set(['hostfwd', 'guestfwd', 'dnssearch']);

function netdevText(request: Exclude<NetdevRequest, { form: 'json' }>): {
  readonly [name: string]: TextValue;
} {
  if (request.form === 'keyval') return request.value;
  const text: Record<string, TextValue> = request.id === undefined ? {} : { id: request.id };
  for (const { name, value } of request.entries) {
    const before = text[name];
    if (!REPEATED.has(name)) text[name] = value;
    else text[name] = [...(Array.isArray(before) ? before : []), { str: value }];
  }
  return text;
}

function checkedBlockdev(options: JsonObject): BlockdevOptions {
  const validate = blockValidators['blockdev-add'];
  if (validate(options)) return options;
  throw argumentError(validate.errors ?? [], options, new MemberOrder());
}

/** What `-drive` says about the drive rather than about what is in it. */
const DRIVE_OPTIONS = new Set([
  'if',
  'bus',
  'unit',
  'index',
  'media',
  'snapshot',
  'id',
  'werror',
  'rerror',
  'serial',
]);

/** What drives can be connected to, as `if=` has it. */
const INTERFACES = new Set([...['none', 'ide', 'scsi', 'floppy', 'pflash', 'mtd', 'sd', 'virtio', 'xen']]);

function addDrive(machine: Machine, reader: TextArguments, { id, entries }: DriveRequest): void {
  const given = new Map(entries.map(({ name, value }) => [name, value]));
  const kind = given.get('if');
  if (kind !== undefined && !INTERFACES.has(kind)) throw new QmpError(`unsupported bus type '${kind}'`);
  addNamedDrive(machine, reader, given, id ?? machine.blocks.automaticDriveName());
  // Elsewhere the machine would make a device for it.
  if (kind !== 'none')
    throw CliError.at(undefined, 'this kind of drive is not simulated: use if=none and -device');
}

function addNamedDrive(
  machine: Machine,
  reader: TextArguments,
  given: ReadonlyMap<string, string>,
  name: string,
): void {
  const content = new Map([...given].filter(([name]) => !DRIVE_OPTIONS.has(name)));
  if (content.size === 0) {
    machine.blocks.addDrive(name, undefined);
    return;
  }
  const text = driveText(content, given.get('media') === 'cdrom');
  const options = driveOptions(reader, text);
  // In the name of a node, values stay as they were written.
  machine.blocks.addDrive(name, options, Object.fromEntries(content));
}

/** @throws QmpError where `-blockdev` would have another word for what cannot be */
function driveOptions(reader: TextArguments, text: { readonly [name: string]: TextValue }): BlockdevOptions {
  try {
    return checkedBlockdev(reader.read('blockdev-add', text));
  } catch (error) {
    const driver =
      error instanceof QmpError && /^Parameter 'driver' does not accept value '(.*)'$/.exec(error.desc)?.[1];
    throw driver ? new QmpError(`Unknown driver '${driver}'`) : error;
  }
}

/** Options of the old syntax as those of nodes: a file gets the format it has, unless one is named. */
function driveText(content: Map<string, string>, isCdrom: boolean): { readonly [name: string]: TextValue } {
  const file = content.get('file');
  const format = content.get('format') ?? content.get('driver');
  const readOnly = content.get('readonly') ?? content.get('read-only') ?? (isCdrom ? 'on' : undefined);
  const rest = [...content].filter(([name]) => !OLD_NAMES.has(name));
  const common = {
    ...Object.fromEntries(rest),
    ...(readOnly === undefined ? {} : { 'read-only': readOnly }),
  };
  if (file === undefined) {
    if (format === undefined) throw new QmpError('Must specify either driver or file');
    return { driver: format, ...common };
  }
  const driver = format ?? probe(file);
  return driver === 'file'
    ? { driver, filename: file, ...common }
    : { driver, file: { driver: 'file', filename: file }, ...common };
}

const OLD_NAMES = new Set(['file', 'format', 'driver', 'readonly', 'read-only', 'cache', 'aio', 'discard']);

function probe(file: string): string {
  try {
    return isQcow2(file) ? 'qcow2' : 'raw';
  } catch {
    return 'raw';
  }
}
