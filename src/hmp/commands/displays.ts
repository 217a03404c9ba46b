import type { DisplayProtocol, SetPasswordAction } from '../../generated/types.ts';
import { oneOf } from '../choice.ts';
import { command } from '../command.ts';
import { flaggedWord, optional, word } from '../parameters.ts';

const PROTOCOLS: readonly DisplayProtocol[] = ['vnc', 'spice'];
const ACTIONS: readonly SetPasswordAction[] = ['keep', 'fail', 'disconnect'];

/** Who may look at remote displays. */
export const DISPLAY_COMMANDS = [
  command({
    name: 'set_password',
    usage: 'protocol password [-d display] [action-if-connected]',
    help: 'set spice/vnc password',
    parameters: { name: word, password: word, display: flaggedWord('d'), action: optional(word) },
    run: async ({ execute }, { name, password, display, action }) => {
      const protocol = oneOf(PROTOCOLS, name);
      const connected = action === undefined ? {} : { connected: oneOf(ACTIONS, action) };
      await execute('set_password', { protocol, password, ...connected, ...ofDisplay(protocol, display) });
    },
  }),
  command({
    name: 'expire_password',
    usage: 'protocol time [-d display]',
    help: 'set spice/vnc password expire-time',
    parameters: { name: word, time: word, display: flaggedWord('d') },
    run: async ({ execute }, { name, time, display }) => {
      const protocol = oneOf(PROTOCOLS, name);
      await execute('expire_password', { protocol, time, ...ofDisplay(protocol, display) });
    },
  }),
] as const;

/** There may be several displays of one protocol only. */
function ofDisplay(protocol: DisplayProtocol, display: string | undefined) {
  return protocol === 'vnc' && display !== undefined ? { display } : {};
}
