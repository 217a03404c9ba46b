import { QmpError } from '../base/errors.ts';

/** What somebody is told who wants something of a display that no machine here has. */
export function spiceNotInUse(): QmpError {
  return new QmpError('SPICE is not in use', 'DeviceNotActive');
}
