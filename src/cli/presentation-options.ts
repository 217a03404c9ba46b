/** Screen and sound, of which there is none, and API compatibility: what asks for nothing is taken, the rest refused. */

import { isHelpWord } from '../base/option-syntax.ts';
import type { Draft } from './draft.ts';
import { CliError, HelpRequested } from './errors.ts';
import { jsonOrTree } from './tree-options.ts';

const VGA_TYPES = ['none', 'std', 'cirrus', 'vmware', 'qxl', 'tcx', 'cg3', 'virtio'];

export function chooseVga(draft: Draft, text: string): void {
  if (isHelpWord(text)) throw new HelpRequested({ about: 'vga' });
  // Anything may follow the name: QEMU looks at the beginning only.
  const type = VGA_TYPES.find(name => text === name || text.startsWith(`${name},`));
  if (type === undefined) throw CliError.at(undefined, `unknown vga type: ${text}`);
  draft.vga = type;
}

/** The displays QEMU knows. */
const DISPLAY_TYPES = [
  'default',
  'none',
  'gtk',
  'sdl',
  'egl-headless',
  'curses',
  'cocoa',
  'spice-app',
  'dbus',
];

export function checkDisplay(draft: Draft, text: string, location: string): void {
  if (text === 'vnc' || text.startsWith('vnc=')) {
    if (text === 'vnc') throw CliError.at(location, 'VNC requires a display argument vnc=<display>');
    checkVnc(draft, text.slice('vnc='.length), location);
    return;
  }
  if (isHelpWord(text)) throw new HelpRequested({ about: 'displays' });
  const value = jsonOrTree(draft, text, 'type', location);
  const { type } = value;
  if (type === undefined) throw CliError.at(location, "Parameter 'type' is missing");
  if (typeof type !== 'string' || !DISPLAY_TYPES.includes(type)) {
    throw CliError.at(location, `Parameter 'type' does not accept value '${String(type)}'`);
  }
  if (type !== 'none' && type !== 'default') {
    throw CliError.at(
      location,
      `display '${type}' is not simulated: nothing is ever shown`,
      "Use '-display none'.",
    );
  }
  const common = ['type', 'full-screen', 'window-close', 'show-cursor', 'gl'];
  const unexpected = Object.keys(value).find(name => !common.includes(name));
  if (unexpected !== undefined) throw CliError.at(location, `Parameter '${unexpected}' is unexpected`);
}

export function checkVnc(_draft: Draft, text: string, location: string): void {
  if (text !== 'none') {
    throw CliError.at(
      location,
      'this option is not simulated: nothing is ever shown',
      "Use '-display none'.",
    );
  }
}

const AUDIO_DRIVERS = [
  'none',
  'alsa',
  'coreaudio',
  'dbus',
  'dsound',
  'jack',
  'oss',
  'pa',
  'sdl',
  'sndio',
  'spice',
  'wav',
];

/** Management tools always ask for the silent one. */
export function addAudiodev(draft: Draft, text: string, location: string): void {
  const { driver, id } = jsonOrTree(draft, text, 'driver', location);
  if (id === undefined) throw CliError.at(location, "Parameter 'id' is missing");
  if (driver === undefined) throw CliError.at(location, "Parameter 'driver' is missing");
  if (typeof driver !== 'string' || !AUDIO_DRIVERS.includes(driver)) {
    throw CliError.at(location, `Parameter 'driver' does not accept value '${String(driver)}'`);
  }
  if (driver !== 'none')
    throw CliError.at(location, `audio driver '${driver}' is not simulated: there is no sound`);
  draft.audiodevs.push(String(id));
}

export function checkCompat(draft: Draft, text: string, location: string): void {
  const known: Readonly<Record<string, readonly string[]>> = {
    'deprecated-input': ['accept', 'reject', 'crash'],
    'deprecated-output': ['accept', 'hide'],
    'unstable-input': ['accept', 'reject', 'crash'],
    'unstable-output': ['accept', 'hide'],
  };
  for (const [name, value] of Object.entries(jsonOrTree(draft, text, undefined, location))) {
    const values = Object.hasOwn(known, name) ? known[name] : undefined;
    if (values === undefined) throw CliError.at(location, `Parameter '${name}' is unexpected`);
    if (typeof value !== 'string' || !values.includes(value)) {
      throw CliError.at(location, `Parameter '${name}' does not accept value '${String(value)}'`);
    }
    if (value !== 'accept')
      throw CliError.at(location, `'${name}=${value}' is not simulated: all is accepted`);
  }
}
