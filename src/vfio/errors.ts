import { HostError, QmpError } from '../base/errors.ts';

/** Does a step on the host; its failure becomes `TEXT: strerror`. @throws QmpError */
export function hostStep<T>(text: string, step: () => T, hint?: string): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof HostError) throw new QmpError(`${text}: ${error.text}`, 'GenericError', hint);
    throw error;
  }
}

/** Does a step; text is put in front of what a QmpError says. */
export function prefixing<T>(prefix: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw error instanceof QmpError ? error.prefixed(prefix) : error;
  }
}

/** `-12 (Cannot allocate memory)`, as QEMU prints results of the kernel. */
export function resultText(error: HostError): string {
  return `-${error.number} (${error.text})`;
}

export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
