import { QmpError } from '../base/errors.ts';
import { Members } from '../qom/members.ts';
import type { Property } from '../qom/property.ts';
import type { TypeInfo } from '../qom/type.ts';
import { ValueProperty } from '../qom/values.ts';
import { INT64 } from '../qom/visitor.ts';
import { UserObject } from './user-object.ts';

/** Bytes or requests a second; a burst; and how long one may last, seconds. */
const KINDS = ['iops-total', 'iops-read', 'iops-write', 'bps-total', 'bps-read', 'bps-write'] as const;
type Kind = (typeof KINDS)[number];
type LimitName = Kind | `${Kind}-max` | `${Kind}-max-length` | 'iops-size';
type Limits = Readonly<Record<LimitName, bigint>>;

const NAMES: readonly LimitName[] = [
  ...KINDS.flatMap((kind): LimitName[] => [kind, `${kind}-max`, `${kind}-max-length`]),
  'iops-size',
];
const MAX_RATE = 1_000_000_000_000_000n;
const INITIAL = Object.fromEntries(
  NAMES.map(name => [name, name.endsWith('-length') ? 1n : 0n]),
) as unknown as Limits;

/** How fast a group of disks may be read and written. */
class ThrottleGroup extends UserObject {
  protected override onComplete(): void {
    check(this.value(limits));
  }
}

const limits: ValueProperty<Limits> = new ValueProperty<Limits>({
  name: 'limits',
  type: 'ThrottleLimits',
  initial: INITIAL,
  parse: (visitor, object) => {
    const members = new Members(visitor, 'limits');
    const changed = { ...object.value(limits) };
    for (const name of NAMES) {
      const value = members.take(name, (member, label) => member.integer(label, INT64));
      if (value !== undefined) changed[name] = value;
    }
    members.finish();
    for (const kind of KINDS) {
      if (changed[`${kind}-max-length`] === 0n) throw new QmpError('the burst length cannot be 0');
    }
    check(changed);
    return changed;
  },
  print: value => ({ ...value }),
});

/** @throws QmpError in the order in which QEMU looks */
function check(value: Limits): void {
  const used = (prefix: string) => KINDS.filter(kind => kind.startsWith(prefix));
  for (const group of [used('bps'), used('iops')]) {
    const [total, ...directions] = group;
    for (const suffix of ['', '-max'] as const) {
      const both = total !== undefined && value[`${total}${suffix}`] !== 0n;
      if (both && directions.some(kind => value[`${kind}${suffix}`] !== 0n)) {
        throw new QmpError('bps/iops/max total values and read/write values cannot be used at the same time');
      }
    }
  }
  if (value['iops-size'] !== 0n && used('iops').every(kind => value[kind] === 0n))
    throw new QmpError('iops size requires an iops value to be set');
  for (const kind of KINDS) {
    const rate = value[kind];
    const burst = value[`${kind}-max`];
    if (rate < 0n || burst < 0n || rate > MAX_RATE || burst > MAX_RATE)
      throw new QmpError(`bps/iops/max values must be within [0, ${MAX_RATE}]`);
    const length = value[`${kind}-max-length`];
    if (length > 1n && burst === 0n) throw new QmpError('burst length set without burst rate');
    if (burst !== 0n && rate === 0n)
      throw new QmpError('bps_max/iops_max require corresponding bps/iops values');
    if (burst !== 0n && burst < rate) throw new QmpError('bps_max/iops_max cannot be lower than bps/iops');
  }
}

/** One limit as a property of its own, good only until the group is in service. */
function single(name: LimitName): Property {
  return {
    name: `x-${name}`,
    type: 'int',
    get: object => (object instanceof ThrottleGroup ? object.value(limits)[name] : null),
    set: (object, visitor) => {
      if (!(object instanceof ThrottleGroup)) return;
      if (object.completed) throw new QmpError('Property cannot be set after initialization');
      const value = visitor.integer(`x-${name}`, INT64);
      if (value < 0n) throw new QmpError('Property values cannot be negative');
      object.setValue(limits, { ...object.value(limits), [name]: value });
    },
  };
}

export const THROTTLE_GROUP_TYPES: readonly TypeInfo[] = [
  {
    name: 'throttle-group',
    parent: 'object',
    interfaces: ['user-creatable'],
    properties: [limits, ...NAMES.map(single)],
    create: type => new ThrottleGroup(type),
  },
];
