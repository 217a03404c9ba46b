import { createMachine, type MachineOptions, type Simulator } from '../../src/index.ts';

/** A paused machine and what its human monitor says, with plain line ends. */
export class HumanMonitor {
  readonly simulator: Simulator;

  constructor(options: MachineOptions = {}) {
    this.simulator = createMachine({ paused: true, ...options });
  }

  async say(line: string): Promise<string> {
    const text = await this.simulator.execute('human-monitor-command', { 'command-line': line });
    return text.replaceAll('\r\n', '\n');
  }

  close(): void {
    this.simulator.close();
  }
}
