import { smp } from '../machine/properties.ts';
import { RTAS_HARDWARE_ERROR, RTAS_PARAMETER_ERROR, RTAS_SUCCESS } from './dr-connector.ts';
import { readText } from './guest-words.ts';
import type { SpaprMachine } from './machine.ts';
import type { RtasCalls } from './rtas-call.ts';

const NOT_SUPPORTED = -3;
const NOT_AUTHORIZED = -9002;
const SYSPARM_PARAMETER_ERROR = -9999;

/** Processors that have been started, and those that nobody has started yet (PAPR 2.7, 7.3.8.3). */
const CPU_STOPPED = 0;
const CPU_STARTED = 2;

/** The one power domain there is, that of live insertion, and its level. */
const LIVE_INSERTION = 0xffffffff;
const FULL_POWER = 100;

const MIB_SHIFT = 20n;
const LOW_WORD = 32;
/** Characters of a message that are looked at, at most. */
const LONGEST_MESSAGE = 1024;

/** System parameters by their tokens (PAPR 2.7, 7.3.16). */
const PARAMETERS: ReadonlyMap<number, (machine: SpaprMachine) => Buffer> = new Map<
  number,
  (machine: SpaprMachine) => Buffer
>([
  [20, machine => Buffer.from(`${partitionCharacteristics(machine)}\0`)],
  // No platform diagnostics.
  [42, () => Buffer.alloc(1)],
  [48, machine => Buffer.from((machine.config.uuid ?? '').replaceAll('-', ''), 'hex')],
]);

/** What a guest asks of its platform as a whole. */
export const SYSTEM_CALLS: RtasCalls = {
  'get-time-of-day': {
    arguments: 0,
    returns: [8],
    handle: ({ environment: { clock } }) => {
      const micros = clock.wallMicroseconds();
      const date = new Date(micros / 1000);
      return [
        RTAS_SUCCESS,
        ...[date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()],
        ...[date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()],
        // Not within the second, but since the epoch, as much as fits.
        Number(BigInt.asUintN(LOW_WORD, BigInt(Math.round(micros)) * 1000n)),
      ];
    },
  },
  'display-character': {
    arguments: 1,
    returns: [1],
    handle: ({ vioBus }) => [
      vioBus.devices.some(({ type }) => type.isA('spapr-vty')) ? RTAS_SUCCESS : RTAS_HARDWARE_ERROR,
    ],
  },
  'get-power-level': {
    arguments: 1,
    returns: [2],
    handle: (_, [domain]) => powerLevel(domain),
  },
  'set-power-level': {
    arguments: 2,
    returns: [2],
    handle: (_, [domain]) => powerLevel(domain),
  },
  'ibm,get-system-parameter': {
    arguments: 3,
    returns: [1],
    handle: (machine, [token = 0, address = 0, length = 0]) => {
      const parameter = PARAMETERS.get(token);
      if (parameter === undefined) return [NOT_SUPPORTED];
      const value = parameter(machine);
      const lengthAhead = Buffer.from([value.length >> 8, value.length]);
      if (length < lengthAhead.length) return [SYSPARM_PARAMETER_ERROR];
      const bytes = Buffer.concat([lengthAhead, value]).subarray(0, length);
      machine.memorySpace.write(BigInt(address), bytes);
      return [RTAS_SUCCESS];
    },
  },
  'ibm,set-system-parameter': {
    arguments: 2,
    returns: [1],
    handle: (_, [token = 0]) => [PARAMETERS.has(token) ? NOT_AUTHORIZED : NOT_SUPPORTED],
  },
  'query-cpu-stopped-state': {
    arguments: 1,
    returns: [2],
    handle: ({ processors }, [id = 0]) => {
      const indexes = processors.info.map(info => Number(info['cpu-index']));
      const index = indexes.find(each => processors.vcpuId(each) === id);
      if (index === undefined) return [RTAS_PARAMETER_ERROR];
      // Firmware begins on the first; no guest here starts the others.
      return [RTAS_SUCCESS, index === 0 ? CPU_STARTED : CPU_STOPPED];
    },
  },
  'ibm,os-term': {
    arguments: 1,
    returns: [1],
    handle: (machine, [address = 0]) => {
      machine.environment.report(`OS terminated: ${readText(machine, BigInt(address), LONGEST_MESSAGE)}`);
      machine.guestPanicked();
      return [RTAS_SUCCESS];
    },
  },
};

function powerLevel(domain: number | undefined): readonly number[] {
  return domain === LIVE_INSERTION ? [RTAS_SUCCESS, FULL_POWER] : [NOT_SUPPORTED];
}

function partitionCharacteristics(machine: SpaprMachine): string {
  const { cpus, maxCpus } = machine.value(smp);
  const { hostThreads } = machine.processors.model;
  return [
    `MaxEntCap=${maxCpus}`,
    `DesMem=${machine.system.ramSize >> MIB_SHIFT}`,
    `DesProcs=${cpus}`,
    `MaxPlatProcs=${maxCpus}`,
    ...(hostThreads === undefined ? [] : [`HostThrs=${hostThreads}`]),
  ].join(',');
}
