import { drive } from '../qdev/backend-properties.ts';
import { Bus } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { uint8, uint32, uint64 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';
import type { SpaprMachine } from './machine.ts';

const reg = uint32('reg', 0xffffffff);
const NVRAM_REG = 0x71000000;

/** The parts of a pseries machine that are always there and that nobody plugs. */
export function addPlatformDevices(machine: SpaprMachine): void {
  const { registry } = machine.type;
  const make = (name: string) => new Device(registry.require(name));
  machine.addPlatformDevice(make('spapr-xive'));
  machine.system.unattached.addChild('device[*]', make(`${CPU_MODEL}-spapr-cpu-core`)).realize();
  const bridge = make('spapr-vio-bridge');
  machine.addPlatformDevice(bridge);
  const bus = new Bus(registry.require('spapr-vio-bus'), 'spapr-vio', bridge);
  const nvram = make('spapr-nvram');
  nvram.setValue(reg, NVRAM_REG);
  nvram.id = `nvram@${NVRAM_REG.toString(16)}`;
  machine.addPlatformDevice(nvram, bus);
}

const CPU_MODEL = 'power9_v2.0';

export const PLATFORM_DEVICE_TYPES: readonly TypeInfo[] = [
  { name: 'spapr-vio-bus', parent: 'bus' },
  {
    name: 'xive-router',
    parent: 'sys-bus-device',
    abstract: true,
  },
  {
    name: 'spapr-xive',
    parent: 'xive-router',
    properties: [
      uint64('vc-base', 0x6010000000000n),
      uint8('hv-prio', 7),
      uint32('nr-ends', 8),
      uint32('nr-irqs', 8192),
      uint64('tm-base', 0x6030203180000n),
    ],
    create: type => new Device(type),
    class: { userCreatable: false },
  },
  { name: 'cpu-core', parent: 'device', abstract: true },
  { name: 'spapr-cpu-core', parent: 'cpu-core', abstract: true },
  {
    name: `${CPU_MODEL}-spapr-cpu-core`,
    parent: 'spapr-cpu-core',
    create: type => new Device(type),
    class: { userCreatable: false },
  },
  {
    name: 'spapr-vio-bridge',
    parent: 'sys-bus-device',
    create: type => new Device(type),
    class: { userCreatable: false },
  },
  {
    name: 'vio-spapr-device',
    parent: 'device',
    abstract: true,
    properties: [reg],
    class: { busType: 'spapr-vio-bus' },
  },
  {
    name: 'spapr-nvram',
    parent: 'vio-spapr-device',
    properties: [drive],
    create: type => new Device(type),
    class: { category: 'misc' },
  },
];
