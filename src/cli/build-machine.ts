import type { Clock } from '../base/clock.ts';
import type { JsonValue } from '../base/json.ts';
import type { KeyvalValue } from '../base/keyval.ts';
import type { Tracer } from '../base/trace.ts';
import { Host } from '../host/host.ts';
import type { HostInventory } from '../host/inventory.ts';
import type { MachineConfig } from '../machine/config.ts';
import type { MachineFamily } from '../machine/family.ts';
import type { Machine } from '../machine/machine.ts';
import type { MemoryLayout } from '../machine/memory-size.ts';
import { usb } from '../machine/properties.ts';
import { resolveTopology } from '../machine/topology.ts';
import type { MachineTraits } from '../machine/traits.ts';
import { createObject } from '../objects/object-add.ts';
import { addDevice, type DeviceRequest as QdevRequest } from '../qdev/device-add.ts';
import type { UserGlobal } from '../qom/user-globals.ts';
import { Simulator } from '../simulator.ts';
import type { Wires } from '../wires.ts';
import { chooseAccelerator } from './accelerators.ts';
import type { EquippedBoard } from './board.ts';
import type { CommandLineChardevs } from './chardevs.ts';
import type { Configuration, DeviceRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import { readGuestControl } from './guest.ts';
import { lastChecks } from './last-checks.ts';
import { machineFamily } from './machine-types.ts';
import type { Stage } from './main.ts';
import type { ObjectSpecs } from './object-option.ts';
import { atLocation, cliError } from './report-errors.ts';
import { othersTurn } from './turn.ts';

const NO_KVM = 'No such file or directory';

/** What was settled before the machine's turn came. */
export interface Preparations {
  readonly traits: MachineTraits;
  /** The host that was named; undefined for the target's own. */
  readonly inventory: HostInventory | undefined;
  readonly memory: MemoryLayout;
  readonly clock: Clock;
  readonly trace: Tracer;
  readonly objects: ObjectSpecs;
  readonly wires: Wires;
  readonly chardevs: CommandLineChardevs;
  /** Is told why a machine could not be finished on the way out of `-preconfig`. */
  readonly fail: (error: unknown) => void;
}

/** Builds what the configuration asks for; not open yet to those who wait at its monitors. @throws CliError */
export async function buildMachine(
  configuration: Configuration,
  stage: Stage,
  { traits, inventory, memory, clock, trace, objects, wires, chardevs, fail }: Preparations,
): Promise<Simulator> {
  const report = (message: string) => stage.report({ severity: 'error', message });
  const family = await machineFamily(configuration.target);
  await othersTurn();
  const globals = await readGlobals(configuration, family);
  await checkCpu(configuration, family, traits);
  const host = new Host(inventory ?? family.defaultHost);
  const acceleratorChoice = acceleration(configuration, host, stage);
  const machine = atLocation(undefined, () =>
    family.create(
      {
        ...acceleratorChoice,
        type: traits.info.name,
        memory,
        isMemoryGiven: (configuration.memory.size ?? 0n) > 0n,
        topology: resolveTopology(configuration.smp, traits.topology, message =>
          stage.report({ severity: 'warning', message }),
        ),
        cpuModel: configuration.cpu?.model,
        properties: machineProperties(configuration),
        objects: objects.early,
        globals,
        guest: readGuestControl(configuration.guest),
        paused: configuration.paused,
        noShutdown: configuration.actions.shutdown === 'pause',
        noReboot: configuration.actions.reboot === 'shutdown',
        name: configuration.name,
        uuid: configuration.uuid,
      },
      { host, clock, report, trace, deviceTypes: family.deviceTypes },
    ),
  );
  machine.system.onlyMigratable = configuration.onlyMigratable;
  machine.setActions(configuration.actions);
  machine.system.backends.audio.push(...configuration.audiodevs);
  for (const { fd, set, opaque } of configuration.fdSets) machine.fdSets.add(set, fd, opaque);
  let board: EquippedBoard | undefined;
  const finish = () => finishMachine(machine, configuration, board, stage);
  const exitPreconfig = async () => {
    try {
      await finish();
    } catch (error) {
      fail(error);
      return new Promise<never>(() => {});
    }
  };
  const simulator = new Simulator(machine, wires, { report, exitPreconfig });
  await chardevs.openOthers(simulator);
  await chardevs.openQtest(simulator);
  if (speaksOfBoard(machine, configuration)) {
    const { equipBoard } = await import('./board.ts');
    board = await equipBoard(configuration, { family, traits, simulator, chardevs, stage });
  }
  tellMore(machine, configuration, objects, stage);
  if (!configuration.preconfig) await finish();
  return simulator;
}

/** Builds the machine, adds what the user wants on it, and starts it. @throws CliError */
async function finishMachine(
  machine: Machine,
  configuration: Configuration,
  board: EquippedBoard | undefined,
  { report }: Pick<Stage, 'report'>,
): Promise<void> {
  const devices = board?.devices ?? configuration.devices;
  if (devices.length + configuration.globals.length > 0) await machine.system.types.complete();
  atLocation(undefined, () => machine.build());
  const { kernel, initrd } = configuration.firmware;
  if (kernel !== undefined && kernel !== '' && !machine.isEmpty)
    (await import('./kernel-file.ts')).checkKernel(configuration.target, kernel, initrd);
  const { firmwareItems } = configuration;
  if (firmwareItems.length > 0)
    (await import('./fw-cfg-option.ts')).checkFirmwareItems(machine, firmwareItems, report);
  board?.extend();
  for (const device of devices) addColdDevice(machine, device);
  atLocation(undefined, () => machine.start());
  lastChecks(machine, configuration);
}

/** Whether there is more on the board than what is always on it, or more behind the user's devices. */
function speaksOfBoard(machine: Machine, configuration: Configuration): boolean {
  const { blockdevs, drives, netdevs, nics, nets, serials, parallels, usbDevices } = configuration;
  return (
    configuration.defaultDevices ||
    configuration.vga !== undefined ||
    machine.value(usb) ||
    [blockdevs, drives, netdevs, nics, nets, serials, parallels, usbDevices].some(({ length }) => length > 0)
  );
}

/** What a machine is told before it is built, once what it may refer to is there. */
function tellMore(
  machine: Machine,
  { numa }: Configuration,
  { late }: ObjectSpecs,
  { report }: Pick<Stage, 'report'>,
): void {
  atLocation(undefined, () => {
    for (const spec of late) createObject(machine.system, spec);
  });
  for (const { option, location } of numa) {
    atLocation(location, () =>
      machine.numa.apply(option, (severity, message) => report({ severity, message, location })),
    );
  }
}

/** @throws CliError for a processor that none of these machines can have */
async function checkCpu({ cpu }: Configuration, family: MachineFamily, traits: MachineTraits): Promise<void> {
  if (cpu === undefined || traits.isEmpty === true || family.cpuType(cpu.model) !== undefined) return;
  try {
    await family.refuseCpu?.(cpu.model);
  } catch (error) {
    throw cliError(error, undefined);
  }
}

/** What devices are to begin with: what `-global` says, and `-cpu` behind the model. */
async function readGlobals(
  { globals, cpu, target }: Configuration,
  family: MachineFamily,
): Promise<readonly UserGlobal[]> {
  const type = cpu === undefined || cpu.features === '' ? undefined : family.cpuType(cpu.model);
  if (cpu === undefined || type === undefined) return globals;
  return [...globals, ...(await import('./cpu-option.ts')).cpuGlobals(cpu, type, target)];
}

/** What `-machine` says, with what has options of its own. */
function machineProperties({ machine, firmware }: Configuration): (readonly [string, string])[] {
  const { kernel, initrd, append, dtb, firmware: image } = firmware;
  const files = Object.entries({ kernel, initrd, append, dtb, firmware: image });
  return [
    ...files.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    ...machine.properties.map(([name, value]) => [name, text(name, value)] as const),
  ];
}

/** A machine property with members is none of those that this machine has. */
function text(name: string, value: KeyvalValue): string {
  if (typeof value === 'string') return value;
  throw CliError.at(undefined, `Parameters '${name}.*' are unexpected`);
}

function acceleration(
  configuration: Configuration,
  host: Host,
  stage: Stage,
): Pick<MachineConfig, 'accelerators' | 'kernelIrqchip'> {
  const support = {
    known: ['kvm', 'tcg', 'qtest'],
    obstacle: (name: string) => (name === 'kvm' && host.kvmCapabilities === undefined ? NO_KVM : undefined),
  };
  const { name, choice } = chooseAccelerator(configuration.accelerators, support, report =>
    stage.report(report),
  );
  if (name === 'kvm' && configuration.countsInstructions)
    throw CliError.at(undefined, '-icount is not allowed with hardware virtualization');
  const irqchip = choice.properties.findLast(property => property.name === 'kernel-irqchip')?.value;
  return {
    accelerators: [name === 'kvm' || name === 'qtest' ? name : 'tcg'],
    kernelIrqchip: irqchip === 'off' || irqchip === 'split' ? irqchip : 'on',
  };
}

function addColdDevice(machine: Machine, request: DeviceRequest): void {
  atLocation(request.location, () => addDevice(machine.system, toQdev(request)));
}

function toQdev(request: DeviceRequest): QdevRequest {
  if (request.form === 'json') {
    const options = Object.entries(request.value).flatMap(([name, value]): [string, JsonValue][] =>
      value === undefined ? [] : [[name, value]],
    );
    return { typed: true, options };
  }
  const options: [string, JsonValue][] = request.entries.map(({ name, value }) => [name, value]);
  if (request.id !== undefined) options.push(['id', request.id]);
  return { typed: false, options };
}
