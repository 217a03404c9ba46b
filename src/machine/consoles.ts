import { PciDevice } from '../pci/device.ts';
import type { Device } from '../qdev/device.ts';
import { movableLink } from '../qdev/link-property.ts';
import type { System } from '../qdev/system.ts';
import { QomObject } from '../qom/object.ts';
import type { TypeInfo } from '../qom/type.ts';

/** One screen of a display adapter, or a text console. Only that it is there can be seen. */
class Console extends QomObject {
  show(device: Device | undefined, head: number): void {
    this.addProperty(movableLink('device', 'device', device));
    this.addProperty({ name: 'head', type: 'uint32', get: () => head });
  }
}

/** Shows the consoles that there are once the machine is complete, graphical ones first; later ones stay unseen. */
export function addConsoles(system: System): void {
  const screens = [...system.inService].filter(isDisplay).flatMap(headsOf);
  const texts = system.backends.chardevs?.ids('vc') ?? [];
  const consoles = [...screens, ...texts.map(() => [undefined, 0] as const)];
  if (consoles.length === 0) return;
  const backend = system.addChild('backend', system.types.create('container'));
  for (const [number, [device, head]] of consoles.entries()) {
    const console = new Console(system.types.require('qemu-console'));
    backend.addChild(`console[${number}]`, console);
    console.show(device, head);
  }
}

function isDisplay(device: Device): boolean {
  return device instanceof PciDevice && device.type.class.category === 'display';
}

function headsOf(device: Device): readonly (readonly [device: Device, head: number])[] {
  const outputs = device.property('max_outputs') === undefined ? 1 : device.getProperty('max_outputs');
  return Array.from({ length: Number(outputs) }, (_, head) => [device, head] as const);
}

export const CONSOLE_TYPE: TypeInfo = {
  name: 'qemu-console',
  parent: 'object',
  create: type => new QomObject(type),
};
