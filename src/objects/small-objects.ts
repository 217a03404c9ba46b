import { QmpError } from '../base/errors.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';
import { integerValue, ValueProperty } from '../qom/values.ts';
import { UINT32 } from '../qom/visitor.ts';
import { UserObject } from './user-object.ts';

const queues = integerValue('queues', 1n, {
  type: 'uint32',
  range: UINT32,
  check: (value, { type }) => {
    if (value === 0n) throw new QmpError(`Property '${type.name}.queues' doesn't take value '0'`);
    return value;
  },
});

/** What does the arithmetic of a virtio-crypto device. */
class CryptodevBuiltin extends UserObject {
  protected override onComplete(): void {
    if (this.value(queues) !== 1n) throw new QmpError('Only support one queue in cryptdov-builtin backend');
  }
}

/** A bus that CAN controllers are connected to. QEMU never lets go of one. */
class CanBus extends UserObject {
  override get inUse(): boolean {
    return true;
  }
}

/** Processors that the simulated host has. */
const HOST_CPUS = [0, 1];

const cpuAffinity = new ValueProperty<readonly number[]>({
  name: 'cpu-affinity',
  type: 'int',
  initial: HOST_CPUS,
  parse: visitor => {
    const cpus = visitor.list('cpu-affinity').map(Number);
    if (!cpus.some(cpu => HOST_CPUS.includes(cpu)))
      throw new QmpError('Setting CPU affinity failed: Invalid argument');
    return cpus;
  },
  print: cpus => cpus,
});

/** The thread that makes the threads which allocate memory: they run where it may run. */
class ThreadContext extends UserObject {}

const create = (type: QomType) => new UserObject(type);

export const SMALL_OBJECT_TYPES: readonly TypeInfo[] = [
  {
    name: 'cryptodev-backend',
    parent: 'object',
    interfaces: ['user-creatable'],
    properties: [queues],
    create,
  },
  {
    name: 'cryptodev-backend-builtin',
    parent: 'cryptodev-backend',
    create: type => new CryptodevBuiltin(type),
  },
  {
    name: 'can-bus',
    parent: 'object',
    interfaces: ['user-creatable'],
    create: type => new CanBus(type),
  },
  { name: 'confidential-guest-support', parent: 'object', abstract: true },
  {
    name: 'thread-context',
    parent: 'object',
    interfaces: ['user-creatable'],
    properties: [
      { name: 'thread-id', type: 'int', get: () => process.pid },
      { name: 'node-affinity', type: 'int', set: (_, visitor) => visitor.list('node-affinity') },
      cpuAffinity,
    ],
    create: type => new ThreadContext(type),
  },
];
