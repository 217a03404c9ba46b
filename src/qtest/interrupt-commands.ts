import { Device } from '../qdev/device.ts';
import { resolvePath } from '../qom/path.ts';
import { type QtestCommand, type QtestCommands, type QtestContext, QtestFailure } from './command.ts';

const UNNAMED = 'unnamed-gpio-in';

/** Interrupt lines: being told of them, and setting them. */
export const INTERRUPT_COMMANDS: QtestCommands = {
  irq_intercept_in: listenTo('in'),
  irq_intercept_out: listenTo('out'),
  set_irq_in: (context, words) => {
    const device = deviceAt(context, words.text(0));
    const [name, line, level] = [words.text(1), words.signed(2), Number(words.signed(3))];
    if (device.property(`${name}[${line}]`)?.target?.(device)?.type.isA('irq') !== true)
      throw new QtestFailure('Unknown interrupt line');
    if (name === UNNAMED) context.interrupts.lineSet(device, Number(line), level);
    return undefined;
  },
};

function listenTo(side: 'in' | 'out'): QtestCommand {
  return (context, words) => {
    if (!context.interrupts.listen(deviceAt(context, words.text(0)), side))
      throw new QtestFailure('IRQ intercept already enabled');
    return undefined;
  };
}

/** QEMU takes any object for a device; many it does not survive. */
function deviceAt({ machine }: QtestContext, path: string): Device {
  const found = resolvePath(machine.system, path);
  if (!(found instanceof Device)) throw new QtestFailure('Unknown device');
  return found;
}
