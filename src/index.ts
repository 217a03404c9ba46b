/** The library: a simulated machine in process. */
import { type Clock, RealClock } from './base/clock.ts';
import { QmpError } from './base/errors.ts';
import type { JsonValue } from './base/json.ts';
import { parseAddress } from './client/address.ts';
import { GuestControl, type MannersChange } from './guest/control.ts';
import { LinuxGuest } from './guest/linux.ts';
import type { GuestModel, IommuPolicy } from './guest/platform.ts';
import { Host } from './host/host.ts';
import type { Accelerator } from './machine/config.ts';
import { resolveMemory } from './machine/memory-size.ts';
import type { NumaOption } from './machine/numa.ts';
import { resolveTopology, type SmpRequest } from './machine/topology.ts';
import { findMachine } from './machine/traits.ts';
import { PC_DEVICE_TYPES } from './pc/device-types.ts';
import { PC_FAMILY } from './pc/family.ts';
import { addDevice } from './qdev/device-add.ts';
import type { UserGlobal } from './qom/user-globals.ts';
import { Simulator } from './simulator.ts';
import { SPAPR_DEVICE_TYPES } from './spapr/device-types.ts';
import { SPAPR_FAMILY } from './spapr/family.ts';
import { Wires } from './wires.ts';

export { RealClock, VirtualClock } from './base/clock.ts';
export { HardwareError, HostError, QmpError } from './base/errors.ts';
export { connect, DisconnectedError, type QmpClient, type QmpEvent } from './client/qmp-client.ts';
export type { Commands } from './generated/commands.ts';
export type { Events } from './generated/events.ts';
export { LinuxGuest } from './guest/linux.ts';
export { noGuest } from './guest/none.ts';
export { BUILTIN_INVENTORY } from './host/builtin-inventory.ts';
export { BUILTIN_X86_INVENTORY } from './host/builtin-inventory-x86.ts';
export { Host } from './host/host.ts';
export type { HostInventory } from './host/inventory.ts';
export { readInventory } from './host/read-inventory.ts';
export { Simulator } from './simulator.ts';

export interface MachineOptions {
  /** Name or alias of a machine type, e.g. `q35`; `pseries` by default. */
  readonly type?: string;
  /** The host; several machines may share one. A built-in host of its own by default. */
  readonly host?: Host;
  readonly clock?: Clock;
  /** KVM where the host has it, by default. */
  readonly accelerators?: readonly Accelerator[];
  /** Bytes; the machine type's own size by default. */
  readonly ramSize?: bigint;
  /** Sockets for memory to be plugged; none by default. */
  readonly ramSlots?: bigint;
  /** Bytes of RAM with all sockets filled. */
  readonly maxRamSize?: bigint;
  /** Memory and processors by distance, as `-numa`. */
  readonly numa?: readonly NumaOption[];
  /** As `-smp`; one processor by default. */
  readonly smp?: SmpRequest;
  /** As `-cpu`; the machine's own choice by default. */
  readonly cpu?: string;
  /** Machine properties, as in `-machine`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** What devices of a type begin with, as `-global`. */
  readonly globals?: readonly UserGlobal[];
  /** Devices that are there from the start, with `driver` and properties as in `device_add`. */
  readonly devices?: readonly Readonly<Record<string, JsonValue>>[];
  /** The operating system inside; Linux by default. */
  readonly guest?: GuestModel;
  /** How it reacts to devices that come and go; at once and obligingly by default. */
  readonly guestManners?: MannersChange;
  /** What a guest on a PC does with DMA remapping hardware when it starts; nothing by default. */
  readonly guestIommu?: IommuPolicy;
  /** Whether the guest waits for `cont`; it runs by default. */
  readonly paused?: boolean;
  readonly name?: string;
  readonly uuid?: string;
  /** Takes what QEMU prints on stderr; nothing is printed by default. */
  readonly report?: (line: string) => void;
}

/** A machine, ready to be driven with `execute`. @throws QmpError, or HardwareError, if there cannot be one like that */
export function createMachine(options: MachineOptions = {}): Simulator {
  const { clock = new RealClock(), report = () => {}, name, uuid } = options;
  const [family, traits, deviceTypes] = machineType(options.type ?? 'pseries');
  const guest = new GuestControl(options.guest ?? new LinuxGuest(), options.guestManners);
  guest.iommu = options.guestIommu ?? guest.iommu;
  const machine = family.create(
    {
      type: traits.info.name,
      accelerators: options.accelerators ?? ['kvm', 'tcg'],
      memory: resolveMemory(
        { size: options.ramSize, slots: options.ramSlots, maxSize: options.maxRamSize },
        traits.defaultRamSize,
      ),
      isMemoryGiven: options.ramSize !== undefined,
      topology: resolveTopology(options.smp ?? {}, traits.topology, report),
      cpuModel: options.cpu,
      properties: Object.entries(options.properties ?? {}),
      globals: options.globals,
      guest,
      paused: options.paused ?? false,
      noShutdown: false,
      noReboot: false,
      name,
      uuid,
    },
    {
      host: options.host ?? new Host(family.defaultHost),
      clock,
      report,
      deviceTypes,
    },
  );
  try {
    for (const option of options.numa ?? []) machine.numa.apply(option);
    machine.build();
    for (const device of options.devices ?? [])
      addDevice(machine.system, { typed: false, options: Object.entries(device) });
    machine.start();
  } catch (error) {
    // Whoever shares the host finds it as if nothing had been.
    machine.process.close();
    throw error;
  }
  const claimStdio = () => {
    throw new QmpError('cannot use stdio by multiple character devices');
  };
  const simulator = new Simulator(machine, new Wires({ clock, report, claimStdio }), { report });
  simulator.open();
  return simulator;
}

/** With their devices at hand: nobody can be made to wait for them here. */
const FAMILIES = [
  [SPAPR_FAMILY, SPAPR_DEVICE_TYPES],
  [PC_FAMILY, PC_DEVICE_TYPES],
] as const;

function machineType(name: string) {
  for (const [family, deviceTypes] of FAMILIES) {
    const traits = findMachine(family.machines, name);
    if (traits !== undefined) return [family, traits, deviceTypes] as const;
  }
  throw new QmpError('unsupported machine type');
}

/**
 * Lets QMP clients connect to a machine, until it is closed.
 *
 * @param address `unix:PATH` or `tcp:HOST:PORT`; port 0 is any free one
 * @param lastPort where the port is taken, the next ones up to this one are tried
 * @returns the address that is listened on, for `connect`
 * @throws QmpError as QEMU has it, if nothing can listen there
 */
export async function serve(
  simulator: Simulator,
  address: string,
  { lastPort }: { readonly lastPort?: number } = {},
): Promise<string> {
  const place = parseAddress(address);
  const options =
    'path' in place
      ? { path: place.path }
      : { host: place.host, port: String(place.port), to: String(Math.max(lastPort ?? 0, place.port)) };
  const chardev = await simulator.chardevs.create(`serve:${address}`, {
    backend: 'socket',
    server: 'on',
    wait: 'off',
    ...options,
  });
  simulator.addMonitor(chardev);
  return chardev.filename.replace(/^disconnected:|,server=on$/g, '');
}
