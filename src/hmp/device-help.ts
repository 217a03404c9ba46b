import type { JsonValue } from '../base/json.ts';
import { typeOfDriver } from '../qdev/device-add.ts';
import { JsonWriter } from '../qmp/json-writer.ts';
import type { QomType, TypeRegistry } from '../qom/type.ts';
import type { HmpEnvironment } from './command.ts';

/** Column at which a property's description begins. */
const DESCRIPTION_COLUMN = 24;

/** Categories of devices in the order in which they are listed, and what headings call them. */
const CATEGORIES: readonly (readonly [category: string | undefined, heading: string])[] = [
  ['bridge', 'Controller/Bridge/Hub'],
  ['usb', 'USB'],
  ['storage', 'Storage'],
  ['network', 'Network'],
  ['input', 'Input'],
  ['display', 'Display'],
  ['sound', 'Sound'],
  ['misc', 'Misc'],
  ['cpu', 'CPU'],
  ['watchdog', 'Watchdog'],
  [undefined, 'Uncategorized'],
];

/** A property as `help` lists it. */
export interface PropertyHelp {
  readonly name: string;
  readonly type: string;
  readonly description?: string | undefined;
  readonly 'default-value'?: JsonValue | undefined;
}

/** What `device_add DRIVER,help` and `-device DRIVER,help` print. Rejects with `QmpError` for no driver. */
export async function deviceHelp(
  { execute }: Pick<HmpEnvironment, 'execute'>,
  types: TypeRegistry,
  driver: string,
): Promise<string> {
  const typename = typeOfDriver(types, driver)?.name ?? driver;
  return propertyList(typename, await execute('device-list-properties', { typename }));
}

/** The options of something, sorted. */
export function propertyList(name: string, properties: readonly PropertyHelp[]): string {
  if (properties.length === 0) return `There are no options for ${name}.\n`;
  const lines = properties.map(property => `${propertyLine(property)}\n`).sort(byBytes);
  return `${name} options:\n${lines.join('')}`;
}

export function propertyLine({ name, type, description, 'default-value': value }: PropertyHelp): string {
  const head = `  ${name}=<${type}>`;
  if (description === undefined && value === undefined) return head;
  const ending = value === undefined ? '' : ` (default: ${new JsonWriter().compact(value)})`;
  return `${head.padEnd(DESCRIPTION_COLUMN)} - ${description ?? ''}${ending}`;
}

/** What `device_add help` and `-device help` print: devices that a user may add, by category. */
export function listDevices(types: TypeRegistry): string {
  types.loadAll();
  const devices = [...types.all()]
    .filter(type => type.isA('device') && !type.abstract && type.class.userCreatable !== false)
    .sort((a, b) => byBytes(a.name.toLowerCase(), b.name.toLowerCase()));
  let text = '';
  for (const [category, heading] of CATEGORIES) {
    const lines = devices.filter(type => type.class.category === category).map(deviceLine);
    if (lines.length > 0) text += `${text === '' ? '' : '\n'}${heading} devices:\n${lines.join('')}`;
  }
  return text;
}

function deviceLine({ name, class: { alias, busType, description } }: QomType): string {
  const bus = busType === undefined ? '' : `, bus ${busType}`;
  const desc = description === undefined ? '' : `, desc "${description}"`;
  const other = alias === undefined || alias === '' ? '' : `, alias "${alias}"`;
  return `name "${name}"${bus}${other}${desc}\n`;
}

export function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
