import { readBoolean, readSigned } from '../base/option-numbers.ts';
import type { Draft } from './draft.ts';
import { CliError } from './errors.ts';

const MAX_SHIFT = 10n;

/** Instructions of the guest would be counted, of which none ever runs: only what is asked for is looked at. @throws CliError */
export function checkInstructionCount(draft: Draft): void {
  const list = draft.list('icount');
  const location = list.options[0]?.location;
  const fail = (message: string) => CliError.at(location, message);
  const flag = (name: string, initial: boolean) =>
    readBoolean(name, list.value(name) ?? (initial ? 'on' : 'off'));
  const replay = list.value('rr');
  if (replay !== undefined) {
    if (replay !== 'record' && replay !== 'replay') throw fail(`Invalid icount rr option: ${replay}`);
    if (list.value('rrfile') === undefined) throw fail('File name not specified for replay');
    throw fail('this option is not simulated: no guest instruction runs');
  }
  const shift = list.value('shift');
  const align = flag('align', false);
  if (shift === undefined) {
    if (align) throw fail('Please specify shift option when using align');
    return;
  }
  if (align && !flag('sleep', true)) throw fail('align=on and sleep=off are incompatible');
  const number = shift === 'auto' ? 0n : readSigned(shift);
  if (number === undefined || number < 0n || number > MAX_SHIFT) throw fail('icount: Invalid shift value');
}
