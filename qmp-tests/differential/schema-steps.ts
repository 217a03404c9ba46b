import { introspection, introspectionOf } from '../../src/generated/introspection.ts';
import type { Random } from './random.ts';
import { SchemaTexts } from './schema-texts.ts';
import { command, type Habit, type Step } from './step.ts';

/** They list all that there is, which is not the same: images of firmware and video memory are not here, for example. */
const INVENTORIES =
  /^(query-(commands|machines|qmp-schema|command-line-options|chardev-backends)|qom-list-types|x-query-(roms|ramblock))$/;
/** What QEMU has not. */
const OURS = /^x-(clock|guest|host|hcall|rtas|vfio|query-(guest|host|vfio|tce))/;
/** It ends the session, or measures time. */
const END = /^(quit|calc-dirty-rate)$/;
/** Others know better what to send, and what QEMU does not survive. */
const OTHERS =
  /^((device|netdev)_add|p?memsave|(object|chardev|blockdev)-add|chardev-change|qom-set|human-monitor-command)$/;
/** After this a reset would be the end. */
const NOT_GIVEN = /^reboot$/;

/** Words for what is called by name. */
const WORDS = [
  ...['d0', 'd1', 'd2', 'p1', 'n0', 'n1', 'c0', 'c1', 'b0', 'b1', 'o0', 'o1', 'mem0', 'nosuch', 'x'],
  ...['/machine', '/machine/peripheral/d0', '/machine/unattached/device[1]', 'type', 'e1000', 'pci.0', ''],
  ...['raw', 'qcow2', 'vnc', 'disk.raw', 'vfio_listener_region_add_iommu', 'qemu64', 'max'],
] as const;

/** Takes any command there is, and makes up arguments after its description. */
export class SchemaHabit implements Habit {
  readonly #texts: SchemaTexts;
  readonly #commands: readonly string[];

  constructor(
    private readonly random: Random,
    target: keyof typeof introspectionOf,
  ) {
    const all = [...introspection, ...introspectionOf[target]];
    this.#texts = new SchemaTexts(random, all, { words: WORDS, isGiven: name => !NOT_GIVEN.test(name) });
    this.#commands = all
      .filter(info => info['meta-type'] === 'command')
      .map(({ name }) => name)
      .filter(name => ![INVENTORIES, OURS, END, OTHERS].some(names => names.test(name)));
  }

  next(): Step {
    const name = this.random.pick(this.#commands);
    return command(name, this.#texts.argumentsOf(name));
  }
}
