import { decodeBase64 } from '../base/base64.ts';
import { QmpError } from '../base/errors.ts';
import type { Chardev } from '../chardev/chardev.ts';
import { CHARDEV_BACKENDS } from '../chardev/create.ts';
import { PtyChardev } from '../chardev/pty-chardev.ts';
import { RingbufChardev } from '../chardev/ringbuf-chardev.ts';
import type { ChardevReturn } from '../generated/types.ts';
import type { CommandContext, CommandHandlers } from './context.ts';

export const charCommands: CommandHandlers<
  | 'query-chardev'
  | 'query-chardev-backends'
  | 'chardev-add'
  | 'chardev-change'
  | 'chardev-remove'
  | 'chardev-send-break'
  | 'ringbuf-read'
  | 'ringbuf-write'
> = {
  'query-chardev': ({ chardevs }) => chardevs.query(),
  'query-chardev-backends': () => CHARDEV_BACKENDS.map(name => ({ name })),
  'chardev-add': async ({ chardevs }, { id, backend }) => {
    return whenReady(await chardevs.addFor(id, backend));
  },
  'chardev-change': async ({ chardevs }, { id, backend }) => {
    return whenReady(await chardevs.replace(id, backend));
  },
  'chardev-remove': ({ chardevs }, { id }) => chardevs.remove(id),
  'chardev-send-break': ({ chardevs }, { id }) => {
    const chardev = find(chardevs.all, id);
    if (chardev === undefined) throw new QmpError(`Chardev '${id}' not found`);
    chardev.sendBreak();
  },
  'ringbuf-write': (context, { device, data, format = 'utf8' }) => {
    ringbuf(context, device).write(format === 'base64' ? decodeBase64(data) : fromText(data));
  },
  'ringbuf-read': (context, { device, size, format = 'utf8' }) => {
    const buffer = ringbuf(context, device);
    if (size <= 0) throw new QmpError('size must be greater than zero');
    const bytes = buffer.take(Number(size));
    if (format === 'base64') return bytes.toString('base64');
    // The text ends at the first NUL.
    const [text = ''] = bytes.toString('utf8').split('\0', 1);
    return text;
  },
};

function find(chardevs: readonly Chardev[], id: string): Chardev | undefined {
  return chardevs.find(chardev => chardev.id === id);
}

function ringbuf({ chardevs }: CommandContext, id: string): RingbufChardev {
  const chardev = find(chardevs.all, id);
  if (chardev === undefined) throw new QmpError(`Device '${id}' not found`);
  if (!(chardev instanceof RingbufChardev)) throw new QmpError(`${id} is not a ringbuf device`);
  return chardev;
}

/** NUL is two bytes, as everywhere in QEMU's texts. */
function fromText(text: string): Buffer {
  return Buffer.from(Buffer.from(text).toString('latin1').replaceAll('\0', '\xc0\x80'), 'latin1');
}

/** What there is to say of a device, once it is there. */
async function whenReady(chardev: Chardev): Promise<ChardevReturn> {
  await chardev.ready();
  return chardev instanceof PtyChardev ? { pty: chardev.name } : {};
}
