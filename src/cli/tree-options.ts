import type { JsonObject } from '../base/json.ts';
import { type KeyvalObject, parseKeyval } from '../base/keyval.ts';
import type { Draft } from './draft.ts';
import { CliError } from './errors.ts';
import { atLocation } from './report-errors.ts';

/** Parses a tree; there is no help to be had for these. */
export function parseTree(text: string, impliedKey: string | undefined, location: string): KeyvalObject {
  const { value, help } = atLocation(location, () => parseKeyval(text, impliedKey));
  if (help) throw CliError.at(location, 'Help is not available for this option');
  return value;
}

/** The options whose argument may be JSON instead. */
export function jsonOrTree(
  draft: Draft,
  text: string,
  impliedKey: string | undefined,
  location: string,
): JsonObject | KeyvalObject {
  return text.startsWith('{')
    ? draft.parseJsonForm(text, location).value
    : parseTree(text, impliedKey, location);
}
