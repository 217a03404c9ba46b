import { QmpError } from '../../base/errors.ts';
import { badIdentifier, isIdentifier } from '../../base/identifier.ts';
import { splitOptions } from '../../base/option-syntax.ts';
import { DRIVE_INTERFACES } from '../../block/drive-slots.ts';
import { readDriveOptions, readNodeOptions } from '../../commands/drive-options.ts';
import { readPlace } from '../../commands/drive-place.ts';
import { TextArguments } from '../../qmp/text-arguments.ts';
import { command, type HmpSession } from '../command.ts';
import { driveName, flag, warnOfShortForm, word } from '../parameters.ts';

/** Drivers that have another node below. */
const FORMATS: ReadonlySet<string> = new Set(['raw', 'qcow2']);

const ADD_USAGE = `[-n] [[<domain>:]<bus>:]<slot>
[file=file][,if=type][,bus=n]
[,unit=m][,media=d][,index=i]
[,snapshot=on|off][,cache=on|off]
[,readonly=on|off][,copy-on-read=on|off]`;

/** Adding and removing drives. */
export const DRIVE_COMMANDS = [
  command({
    name: 'drive_add',
    usage: ADD_USAGE,
    help: 'add drive to PCI storage controller',
    parameters: { node: flag('n'), slot: word, drive: word },
    run: (session, { node, drive }) =>
      withoutPrefix(session, () => (node ? addNode(session, drive) : addDrive(session, drive))),
  }),
  command({
    name: 'drive_del',
    usage: 'device',
    help: 'remove host block device',
    parameters: { id: driveName },
    run: (session, { id }) => withoutPrefix(session, async () => session.machine.blocks.deleteDrive(id)),
  }),
] as const;

/** These say what is wrong without `Error: `. */
async function withoutPrefix({ print }: HmpSession, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
    print(`${error.desc}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  }
}

async function addDrive(session: HmpSession, text: string): Promise<void> {
  const { machine, print } = session;
  const { blocks } = machine;
  const given = readOptions(session, text);
  const id = readId(text);
  if (id !== undefined && blocks.isDriveName(id)) throw new QmpError(`Duplicate ID '${id}' for drive`);
  const place = readPlace(given, machine.target === 'ppc64' ? 'scsi' : 'ide');
  const chosen = blocks.slots.choose(place);
  const options = readDriveOptions(await reader(), given);
  const name = id ?? blocks.slots.nameOf(chosen, options.media);
  blocks.addDrive(name, options);
  if (chosen.interface !== 'none') {
    blocks.deleteDrive(name);
    throw new QmpError(`Can't hot-add drive to type ${DRIVE_INTERFACES.indexOf(chosen.interface)}`);
  }
  const { media } = options;
  blocks.slots.add({ ...chosen, id: name, media, location: undefined, isDefault: false });
  print('OK\n');
}

async function addNode(session: HmpSession, text: string): Promise<void> {
  const given = readOptions(session, text);
  readId(text);
  if (!given.has('node-name')) throw new QmpError("'node-name' needs to be specified");
  // What a format refers to is looked for before its other options.
  const below = given.get('file');
  if (below !== undefined && FORMATS.has(given.get('driver') ?? 'raw'))
    session.machine.blocks.referredTo(below);
  const { content, written } = readNodeOptions(await reader(), given);
  session.machine.blocks.addNode(content, written);
}

/** Of several the first counts, unlike with other options. @throws QmpError */
function readId(text: string): string | undefined {
  const id = splitOptions(text).find(({ name }) => name === 'id')?.value;
  if (id !== undefined && !isIdentifier(id)) throw badIdentifier();
  return id;
}

function readOptions({ print }: HmpSession, text: string): ReadonlyMap<string, string> {
  const items = splitOptions(text);
  for (const item of items) warnOfShortForm(item, (message, hint) => print(`${message}\n${hint}\n`));
  return new Map(items.map(({ name, value }) => [name, value]));
}

async function reader(): Promise<TextArguments> {
  const { introspection } = await import('../../generated/introspection.ts');
  return new TextArguments(introspection);
}
