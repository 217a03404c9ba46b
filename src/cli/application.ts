import { constants } from 'node:os';
import { RealClock, VirtualClock } from '../base/clock.ts';
import { QmpError } from '../base/errors.ts';
import type { JsonValue } from '../base/json.ts';
import type { StandardStreams } from '../chardev/stdio-chardev.ts';
import { Host } from '../host/host.ts';
import type { MachineConfig } from '../machine/config.ts';
import type { MachineFamily } from '../machine/family.ts';
import type { Machine } from '../machine/machine.ts';
import { type MemoryLayout, resolveMemory } from '../machine/memory-size.ts';
import { resolveTopology } from '../machine/topology.ts';
import type { MachineTraits } from '../machine/traits.ts';
import { createObject } from '../objects/object-add.ts';
import { addDevice, type DeviceRequest as QdevRequest } from '../qdev/device-add.ts';
import type { UserGlobal } from '../qom/user-globals.ts';
import { Simulator } from '../simulator.ts';
import { Wires } from '../wires.ts';
import { chooseAccelerator } from './accelerators.ts';
import { CommandLineChardevs } from './chardevs.ts';
import type { Configuration, DeviceRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import { readGuestControl } from './guest.ts';
import type { KeyvalValue } from './keyval.ts';
import { machineType } from './machine-types.ts';
import type { Stage } from './main.ts';
import type { ObjectSpecs } from './object-option.ts';
import { atLocation, HARDWARE_ERROR_STATUS } from './report-errors.ts';
import { makeTracer } from './tracing.ts';
import { refuseUnsupported } from './unsupported.ts';

const NO_KVM = 'No such file or directory';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The longest that Node's timers know. */
const LONG = 2 ** 31 - 1;

/** Builds what the configuration asks for and runs it to its end. @returns the exit status @throws CliError */
export async function run(configuration: Configuration, stage: Stage): Promise<number> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const simulator = await build(configuration, stage, fail);
  const { machine } = simulator;
  const ended = new Promise<number>(resolve => {
    machine.onEnd(end => {
      if (end.message !== undefined)
        stage.report({ severity: 'error', message: `hardware error: ${end.message}` });
      resolve(end.cause === 'hardware-error' ? HARDWARE_ERROR_STATUS : 0);
    });
  });
  const terminate = (signal: NodeJS.Signals) => {
    // Node does not tell who sent it.
    stage.report({ severity: 'error', message: `terminating on signal ${constants.signals[signal]}` });
    machine.quit('host-signal');
  };
  for (const signal of SIGNALS) process.on(signal, terminate);
  // A machine that nobody can reach goes on all the same.
  const life = setInterval(() => {}, LONG);
  stage.ready();
  simulator.open();
  try {
    const status = await Promise.race([ended, failed]);
    // The reply to the command that ended it is still on its way.
    await new Promise(resolve => setImmediate(resolve));
    return status;
  } finally {
    clearInterval(life);
    for (const signal of SIGNALS) process.off(signal, terminate);
    simulator.close();
  }
}

/** @param fail is told why a machine could not be finished on the way out of `-preconfig` */
async function build(
  configuration: Configuration,
  stage: Stage,
  fail: (error: unknown) => void,
): Promise<Simulator> {
  refuseUnsupported(configuration);
  const { family, traits } = await machineType(configuration);
  const clock = configuration.clock === 'virtual' ? new VirtualClock() : new RealClock();
  const report = (message: string) => stage.report({ severity: 'error', message });
  const { hostFile } = configuration;
  const host = new Host(
    hostFile === undefined ? family.defaultHost : await (await import('./host.ts')).readHost(hostFile),
  );
  const memory = memoryLayout(configuration, traits);
  const trace = await makeTracer(configuration, stage);
  const wires = new Wires({
    clock,
    report,
    notice: (severity, message) => stage.report({ severity, message }),
    claimStdio: stdioOnce(),
  });
  const chardevs = new CommandLineChardevs(wires, configuration, stage);
  try {
    const objects = await readObjects(configuration);
    const globals = await readGlobals(configuration, family);
    await chardevs.openEarly();
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
    for (const { fd, set, opaque } of configuration.fdSets) machine.fdSets.add(set, fd, opaque);
    const finish = () => finishMachine(machine, configuration);
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
    await addBackends(machine, configuration);
    tellMore(machine, configuration, objects, stage);
    if (!configuration.preconfig) await finish();
    return simulator;
  } catch (error) {
    wires.close();
    throw error;
  }
}

/** Builds the machine, adds what the user wants on it, and starts it. @throws CliError */
async function finishMachine(machine: Machine, { devices, globals }: Configuration): Promise<void> {
  if (devices.length + globals.length > 0) await machine.system.types.complete();
  atLocation(undefined, () => machine.build());
  for (const device of devices) addColdDevice(machine, device);
  atLocation(undefined, () => machine.start());
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

async function readObjects(configuration: Configuration): Promise<ObjectSpecs> {
  if (configuration.objects.length === 0) return { early: [], late: [] };
  return (await import('./object-option.ts')).readObjects(configuration);
}

async function addBackends(machine: Machine, configuration: Configuration): Promise<void> {
  const { blockdevs, drives, netdevs } = configuration;
  if (blockdevs.length + drives.length + netdevs.length === 0) return;
  await (await import('./backends.ts')).addBackends(machine, configuration);
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

function memoryLayout({ memory }: Configuration, traits: MachineTraits): MemoryLayout {
  return atLocation(undefined, () => {
    return resolveMemory(memory, traits.defaultRamSize);
  });
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

function stdioOnce(): () => StandardStreams {
  let taken = false;
  return () => {
    if (taken) throw new QmpError('cannot use stdio by multiple character devices');
    taken = true;
    return { stdin: process.stdin, stdout: process.stdout };
  };
}
