import { QmpError } from '../base/errors.ts';
import type { System } from '../qdev/system.ts';
import type { TypeInfo } from '../qom/type.ts';
import { type ValuedObject, ValueProperty } from '../qom/values.ts';
import { INT64 } from '../qom/visitor.ts';
import { UserObject } from './user-object.ts';

const DEFAULT_POOL_MAX = 64n;
const DEFAULT_POLL_NS = 32768n;

/** A number that is not negative, and may be changed while the loop runs. */
function limit(name: string, initial: bigint, check?: (object: ValuedObject) => void) {
  const property: ValueProperty<bigint> = new ValueProperty<bigint>({
    name,
    type: 'int',
    initial,
    parse: (visitor, object) => {
      const value = visitor.integer(name, INT64);
      if (value < 0n) throw new QmpError(`${name} value must be in range [0, ${INT64.maximum}]`);
      // What does not fit the others is refused, but kept.
      object.setValue(property, value);
      if (object instanceof EventLoop && object.completed) check?.(object);
      return value;
    },
    print: value => value,
  });
  return property;
}

const poolMin = limit('thread-pool-min', 0n, checkPool);
const poolMax = limit('thread-pool-max', DEFAULT_POOL_MAX, checkPool);
export const aioMaxBatch = limit('aio-max-batch', 0n, checkPool);
export const pollMaxNs = limit('poll-max-ns', DEFAULT_POLL_NS);
export const pollGrow = limit('poll-grow', 0n);
export const pollShrink = limit('poll-shrink', 0n);

function checkPool(object: ValuedObject): void {
  const max = object.value(poolMax);
  if (max === 0n || object.value(poolMin) > max || max > 0x7fffffffn)
    throw new QmpError('bad thread-pool-min/thread-pool-max values');
}

/** A thread's loop over its files and timers. */
class EventLoop extends UserObject {
  protected override onComplete(_system: System): void {
    checkPool(this);
  }
}

/** A thread that works for devices. */
export class IoThread extends EventLoop {
  /** Of the thread on the host: all the work here is done in one. */
  readonly threadId = process.pid;
}

/** Settings of the loop that the program itself runs in; there is one at most, and it stays. */
class MainLoop extends EventLoop {
  protected override onComplete(system: System): void {
    const loops = [...(this.parent?.children.values() ?? [])].filter(other => other instanceof MainLoop);
    if (loops.length > 1) throw new QmpError('only one main-loop instance allowed');
    super.onComplete(system);
  }

  override get inUse(): boolean {
    return true;
  }
}

export const EVENT_LOOP_TYPES: readonly TypeInfo[] = [
  {
    name: 'event-loop-base',
    parent: 'object',
    abstract: true,
    interfaces: ['user-creatable'],
    properties: [poolMin, aioMaxBatch, poolMax],
  },
  {
    name: 'iothread',
    parent: 'event-loop-base',
    properties: [pollMaxNs, pollGrow, pollShrink],
    create: type => new IoThread(type),
  },
  { name: 'main-loop', parent: 'event-loop-base', create: type => new MainLoop(type) },
];
