/** `qmpsim start`: a machine to try things on, with what to type printed; what `npm start` runs. */

import { relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createMachine, serve } from '../index.ts';

const SOCKET = 'qmp.sock';
/** The port that examples of QMP use, or one of the next. */
const TCP = 'tcp:127.0.0.1:4444';
const LAST_PORT = 4544;
const RAM = 1n << 30n;
/** npm passes on the Ctrl-C that this process has had already: it must still be there to ignore it. */
const AFTERGLOW_MS = 100;

/**
 * Runs a pseries machine with KVM and the built-in host until a signal or a client ends it.
 *
 * @param program the path of the executable, to be shown
 * @returns the status to exit with
 */
export async function start(program: string, print: (text: string) => void): Promise<number> {
  const simulator = createMachine({ ramSize: RAM, name: 'demo', report: print });
  const { machine } = simulator;
  const ended = new Promise<void>(resolve => machine.onEnd(() => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => machine.quit('host-signal'));
  }
  try {
    const addresses = [
      await serve(simulator, `unix:${SOCKET}`),
      await serve(simulator, TCP, { lastPort: LAST_PORT }),
    ];
    print(instructions(relative('', program), addresses));
    await ended;
    print('The machine has ended.');
    await delay(AFTERGLOW_MS);
  } finally {
    simulator.close();
  }
  return 0;
}

function instructions(program: string, addresses: readonly string[]): string {
  return `A pseries machine runs: 1 GiB of memory, KVM, the built-in host, a Linux guest.
QMP is spoken at ${addresses.join(' and ')}.

In another terminal, in this folder:

  ${program} shell ${SOCKET}

and there, line by line:

  device_add driver=e1000 id=nic0
  x-guest-dma-map device=nic0 iova=0 gpa=0 size=0x1000000
  x-query-tce-tables
  device_add driver=vfio-pci host=0001:00:00.0 id=xhci0
  x-query-tce-tables
  x-query-vfio
  x-vfio-audit
  device_del id=xhci0

Any QMP client will do, also by hand: nc -U ${SOCKET}, then {"execute": "qmp_capabilities"}.
Ctrl-C ends the machine.`;
}
