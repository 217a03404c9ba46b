import { QmpError } from '../base/errors.ts';

/** The value that a word stands for. @throws QmpError if it is none of them */
export function oneOf<T extends string>(values: readonly T[], text: string): T {
  const value = values.find(each => each === text);
  if (value === undefined) throw new QmpError(`invalid parameter value: ${text}`);
  return value;
}
