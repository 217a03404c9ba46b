import { QmpError } from '../base/errors.ts';
import { Device } from '../qdev/device.ts';
import { QdevProperty } from '../qdev/properties.ts';
import type { QomObject } from '../qom/object.ts';
import type { Property } from '../qom/property.ts';
import { ValueProperty } from '../qom/values.ts';
import { INT64, UINT64 } from '../qom/visitor.ts';
import { factsOf, type ModelFacts } from './cpu-facts.ts';
import { changing, ofModel } from './modelled-cpu.ts';

const VENDOR_LENGTH = 12;
const MODEL_ID_LENGTH = 48;
const BRANCH_RECORDS_MASK = 0x3fn;

const number = (name: string, maximum: bigint, usual: (facts: ModelFacts) => bigint | number) =>
  ofModel<bigint | number>(
    name,
    'int',
    (visitor, cpu) => {
      const value = visitor.integer(name, INT64);
      if (value >= 0n && value <= maximum) return value;
      throw new QmpError(
        `Property ${idOf(cpu)}.${name} doesn't take value ${value} (minimum: 0, maximum: ${maximum})`,
      );
    },
    cpu => usual(factsOf(cpu.type.name)),
  );
const vendor = ofModel(
  'vendor',
  'string',
  (visitor, cpu) => {
    const value = visitor.string('vendor');
    if (value.length !== VENDOR_LENGTH)
      throw new QmpError(`Property '${idOf(cpu)}.vendor' doesn't take value '${value}'`);
    return value;
  },
  cpu => factsOf(cpu.type.name).vendor,
);
const modelId = ofModel(
  'model-id',
  'string',
  visitor => visitor.string('model-id').slice(0, MODEL_ID_LENGTH),
  cpu => factsOf(cpu.type.name).modelId,
);
/** Hertz, kept in thousands of them. */
const tscFrequency = new ValueProperty<bigint>({
  name: 'tsc-frequency',
  type: 'int',
  initial: 0n,
  parse: (visitor, cpu) =>
    changing(cpu, 'tsc-frequency', () => {
      const value = visitor.integer('tsc-frequency', INT64);
      if (value >= 0n) return value / 1000n;
      throw new QmpError(
        `Property ${idOf(cpu)}.tsc-frequency doesn't take value ${value} (minimum: 0, maximum: ${INT64.maximum})`,
      );
    }),
  print: value => value * 1000n,
});
/** How records of branches look, which is for who set it to know. */
const branchRecords = new QdevProperty<bigint>({
  name: 'lbr-fmt',
  type: 'uint64',
  initial: 2n ** 64n - 1n - BRANCH_RECORDS_MASK,
  parse: visitor => {
    const value = visitor.integer('lbr-fmt', UINT64);
    if ((value & ~BRANCH_RECORDS_MASK) === 0n) return value;
    throw new QmpError(
      `Property value for 'lbr-fmt' has bits outside mask '0x${BRANCH_RECORDS_MASK.toString(16)}'`,
    );
  },
  print: value => value,
});

/** How messages name a processor. */
function idOf(cpu: QomObject): string {
  return cpu instanceof Device ? (cpu.id ?? '') : '';
}

/** Who and what a processor says it is. */
export const IDENTITY_PROPERTIES: readonly Property[] = [
  number('family', 270n, ({ family }) => family),
  number('model', 255n, ({ model }) => model),
  number('stepping', 15n, ({ stepping }) => stepping),
  vendor,
  modelId,
  tscFrequency,
  branchRecords,
  {
    name: 'lbr_fmt',
    type: 'uint64',
    get: cpu => branchRecords.get(cpu),
    set: (cpu, visitor) => branchRecords.set(cpu, visitor),
  },
];
