import { QmpError } from '../base/errors.ts';
import type { CommandHandlers } from './context.ts';
import { spiceNotInUse } from './remote-display.ts';

export const uiCommands: CommandHandlers<
  | 'query-mice'
  | 'query-vnc'
  | 'query-spice'
  | 'query-display-options'
  | 'send-key'
  | 'set_password'
  | 'expire_password'
  | 'change-vnc-password'
  | 'display-reload'
> = {
  'query-mice': ({ machine }) => {
    const pointers = [...machine.system.inputNumbers].flatMap(([{ type }, index]) => {
      const { name = '', pointer } = type.class.input ?? {};
      return pointer === undefined ? [] : [{ name, index, absolute: pointer === 'absolute' }];
    });
    // Until one is moved, the oldest is the current one.
    return pointers.map((pointer, place) => ({ ...pointer, current: place === 0 })).reverse();
  },
  'query-vnc': () => ({ enabled: false }),
  'query-spice': () => ({ enabled: false, migrated: false, 'mouse-mode': 'client' }),
  // Nothing is ever shown.
  'query-display-options': () => ({ type: 'none' }),
  // A guest without code takes no notice.
  'send-key': () => {},
  set_password: (_, { protocol, connected = 'keep' }) => {
    if (protocol === 'vnc' && connected !== 'keep') throw new QmpError("Invalid parameter 'connected'");
    throw protocol === 'spice' ? spiceNotInUse() : new QmpError('Could not set password');
  },
  expire_password: (_, { protocol }) => {
    throw protocol === 'spice' ? spiceNotInUse() : new QmpError('Could not set password expire time');
  },
  'change-vnc-password': () => {
    throw new QmpError('Could not set password');
  },
  'display-reload': (_, options) => {
    if (options['tls-certs'] === true) throw new QmpError('Can not find vnc display');
  },
};
