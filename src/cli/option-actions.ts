/** What single options do to the draft, where that takes more than a line. */

import { fileStatus } from '../base/file-status.ts';
import { isIdentifier } from '../base/identifier.ts';
import { isHelpWord, lastValue, splitOptions } from '../base/option-syntax.ts';
import { isUuid } from '../base/uuid.ts';
import type { Draft, Word } from './draft.ts';
import { CliError, HelpRequested } from './errors.ts';
import { addLegacyChardev } from './legacy-chardev.ts';
import { OPTION_LISTS, type OptionListName } from './option-lists.ts';
import { parseConfigFile } from './read-config.ts';
import { atLocation } from './report-errors.ts';
import { parseTree } from './tree-options.ts';

export function addMachine(draft: Draft, text: string, location: string): void {
  if (!atLocation(location, () => draft.machine.add(text))) return;
  const { type } = draft.machine.value;
  throw new HelpRequested(typeof type === 'string' ? { about: 'machine', type } : { about: 'machines' });
}

/** `-smp` and `-boot`: shorthands for `-machine smp.…` and `-machine boot.…`. */
export function addMachineBranch(draft: Draft, name: 'smp' | 'boot', text: string, location: string): void {
  const impliedKey = name === 'smp' ? 'cpus' : 'order';
  if (atLocation(location, () => draft.machine.addBelow(name, text, impliedKey))) {
    throw new HelpRequested({ about: 'option-list', name: `${name}-opts` });
  }
}

export function addAccelerator(draft: Draft, text: string, location: string): void {
  const { entries } = draft.list('accel').parse(text, location);
  const name = lastValue(entries, 'accel');
  if (name === undefined || isHelpWord(name)) throw new HelpRequested({ about: 'accelerators' });
}

export function setUuid(draft: Draft, text: string, location: string): void {
  if (!isUuid(text)) throw CliError.at(location, 'failed to parse UUID string: wrong format');
  draft.uuid = text.toLowerCase();
}

export function chooseClock(draft: Draft, text: string, location: string): void {
  if (text !== 'real' && text !== 'virtual') {
    throw CliError.at(
      location,
      `Parameter 'clock' does not accept value '${text}'`,
      "Use 'real' or 'virtual'.",
    );
  }
  draft.clock = text;
}

/** Nothing the guest sees is random; only the number is checked. */
export function checkSeed(_draft: Draft, text: string, location: string): void {
  if (!/^\s*[+-]?(0x[0-9a-f]+|[0-9]+)$/i.test(text))
    throw CliError.at(location, `Invalid seed number: ${text}`);
}

const MIGRATION_PROTOCOLS = ['tcp', 'rdma', 'exec', 'unix', 'fd'];

/** What is no protocol at all QEMU notices when the machine is there. */
export function setIncoming(draft: Draft, text: string, location: string): void {
  if (text === 'defer' || MIGRATION_PROTOCOLS.some(protocol => text.startsWith(`${protocol}:`)))
    throw CliError.at(location, 'this option is not simulated: machines cannot be saved or migrated');
  draft.incoming = { text, location };
}

/** QEMU changes to it last. */
export function chooseRoot(draft: Draft, folder: string, location: string): void {
  if (fileStatus(folder)?.isDirectory() === true)
    throw CliError.at(location, 'this option is not simulated: Node.js cannot change its root');
  draft.root = folder;
}

export function setAction(draft: Draft, name: string, value: string, location: string | undefined): void {
  const list = draft.list('action');
  list.set(list.create(undefined, location), { name, value });
}

export function addDevice(draft: Draft, text: string, location: string): void {
  if (text.startsWith('{')) draft.jsonDevices.push(draft.parseJsonForm(text, location));
  else draft.list('device').parse(text, location);
}

export function addObject(draft: Draft, text: string, location: string): void {
  if (text.startsWith('{')) {
    draft.objects.push(draft.parseJsonForm(text, location));
    return;
  }
  const option = draft.list('object').parse(text, location);
  const type = lastValue(option.entries, 'qom-type');
  if (type === undefined) throw CliError.at(location, "Parameter 'qom-type' is missing");
  if (isHelpWord(type)) throw new HelpRequested({ about: 'objects' });
  if (option.entries.some(entry => isHelpWord(entry.name)))
    throw new HelpRequested({ about: 'object', type, location });
  draft.objects.push({ form: 'options', option });
}

/** The kinds of network backend whose options are a tree rather than a list. */
const TREE_NETDEVS: readonly (string | undefined)[] = ['stream', 'dgram'];

export function addNetdev(draft: Draft, text: string, location: string): void {
  draft.defaultNetwork = false;
  if (text.startsWith('{')) {
    draft.treeNetdevs.push(draft.parseJsonForm(text, location));
  } else if (TREE_NETDEVS.includes(lastValue(splitOptions(text, 'type'), 'type'))) {
    draft.treeNetdevs.push({ form: 'keyval', value: parseTree(text, 'type', location), location });
  } else {
    draft.list('netdev').parse(text, location);
  }
}

/** `-net` and `-nic` describe adapters and backends, of which the board makes devices. */
export function addNet(draft: Draft, list: 'net' | 'nic', text: string, location: string): void {
  draft.defaultNetwork = false;
  const { entries } = draft.list(list).parse(text, location);
  const isAdapter = list === 'nic' || lastValue(entries, 'type') === 'nic';
  const model = lastValue(entries, 'model');
  if (isAdapter && model !== undefined && isHelpWord(model)) throw new HelpRequested({ about: 'nic-models' });
}

export function addUsbDevice(draft: Draft, text: string, location: string): void {
  draft.machine.set('usb', 'on');
  draft.usbDevices.push({ text, location });
}

export function addBlockdev(draft: Draft, text: string, location: string): void {
  draft.blockdevs.push(
    text.startsWith('{')
      ? draft.parseJsonForm(text, location)
      : { form: 'keyval', value: parseTree(text, 'driver', location), location },
  );
}

/** Adds a drive written in one of the short ways. */
export function addDrive(
  draft: Draft,
  parameters: Readonly<Record<string, string | number>>,
  location: string | undefined,
): void {
  const list = draft.list('drive');
  const option = list.create(undefined, location);
  for (const [name, value] of Object.entries(parameters)) list.set(option, { name, value: String(value) });
}

export function addGlobal(draft: Draft, text: string, location: string): void {
  const match = /^([^.=]{1,63})\.([^=]{1,63})=(.*)$/s.exec(text);
  if (match !== null) {
    const [, driver = '', property = '', value = ''] = match;
    draft.globals.push({ driver, property, value });
    return;
  }
  const { entries } = draft.list('global').parse(text, location);
  const [driver, property, value] = ['driver', 'property', 'value'].map(name => lastValue(entries, name));
  if (driver === undefined || property === undefined || value === undefined) {
    throw CliError.at(location, "options 'driver', 'property', and 'value' are required");
  }
  draft.globals.push({ driver, property, value });
}

/** `-set group.id.parameter=value` changes an option given before. */
export function setParameter(draft: Draft, text: string, location: string): void {
  const match = /^([^.]{1,63})\.([^.]{1,63})\.([^=]{1,63})=(.*)$/s.exec(text);
  if (match === null) throw CliError.at(location, `can't parse: "${text}"`);
  const [, group = '', id = '', name = '', value = ''] = match;
  if (!isListName(group)) throw CliError.at(location, `There is no option group '${group}'`);
  const list = draft.list(group);
  const option = list.find(id);
  if (option === undefined) throw CliError.at(location, `there is no ${group} "${id}" defined`);
  list.set(option, { name, value }, location);
}

export function addMonitor(
  draft: Draft,
  text: string,
  {
    mode,
    pretty = false,
    location,
  }: { mode: 'control' | 'readline'; pretty?: boolean; location: string | undefined },
): void {
  draft.defaultMonitor = false;
  const existing = text.startsWith('chardev:') ? text.slice('chardev:'.length) : undefined;
  const id = existing ?? draft.nextMonitorId();
  if (existing === undefined) {
    addLegacyChardev(draft.list('chardev'), text, { id, location, complaint: `parse error: ${text}` });
  } else if (!isIdentifier(existing)) {
    throw CliError.at(location, "Parameter 'id' expects an identifier");
  }
  const list = draft.list('mon');
  const option = list.create(id, location);
  list.set(option, { name: 'mode', value: mode });
  list.set(option, { name: 'chardev', value: id });
  list.set(option, { name: 'pretty', value: pretty ? 'on' : 'off' });
}

export function addPort(draft: Draft, ports: Word[], word: Word): void {
  ports.push(word);
  if (word.text.startsWith('mon:')) draft.defaultMonitor = false;
}

export function chooseUser(draft: Draft, text: string, location: string): void {
  const numbers = /^([0-9]+):([0-9]+)$/.exec(text);
  if (numbers !== null) {
    draft.runAs = { uid: Number(numbers[1]), gid: Number(numbers[2]) };
  } else if (draft.surroundings.userExists(text)) {
    draft.runAs = text;
  } else {
    throw CliError.at(location, `User "${text}" doesn't exist (and is not <uid>:<gid>)`);
  }
}

export function addTrace(draft: Draft, text: string, location: string): void {
  const { entries } = draft.list('trace').parse(text, location);
  const pattern = lastValue(entries, 'enable');
  if (pattern !== undefined && isHelpWord(pattern)) throw new HelpRequested({ about: 'traces' });
}

export function readConfiguration(draft: Draft, file: string, location: string): void {
  for (const { group, id, parameters, location: line } of parseConfigFile(
    draft.surroundings,
    file,
    location,
  )) {
    if (group === 'machine' || group === 'smp-opts' || group === 'boot-opts') {
      const prefix = group === 'machine' ? '' : `${group.slice(0, -'-opts'.length)}.`;
      for (const { name, value } of parameters) {
        atLocation(line, () => draft.machine.add(`${prefix}${name}=${value.replaceAll(',', ',,')}`));
      }
      continue;
    }
    if (!isListName(group)) throw CliError.at(line, `There is no option group '${group}'`);
    const list = draft.list(group);
    const option = list.create(id, line);
    for (const parameter of parameters) list.set(option, parameter);
    if (group === 'object') draft.objects.push({ form: 'options', option });
    if (group === 'mon') draft.defaultMonitor = false;
  }
}

function isListName(name: string): name is OptionListName {
  return Object.hasOwn(OPTION_LISTS, name);
}
