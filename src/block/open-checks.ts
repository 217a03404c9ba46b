import { QmpError } from '../base/errors.ts';
import type { BlockdevOptions } from '../generated/types.ts';

/**
 * What is looked at before a node is opened, its children being there already. Like QEMU, it does not wait for the
 * driver to look.
 * @throws QmpError
 */
export function checkOpen(options: BlockdevOptions): void {
  if (options['force-share'] === true && options['read-only'] !== true) {
    throw new QmpError('force-share=on can only be used with read-only images');
  }
  if ('filename' in options && options.filename === '') {
    throw new QmpError(`The '${options.driver}' block driver requires a file name`);
  }
  if (options['detect-zeroes'] === 'unmap' && options.discard !== 'unmap') {
    throw new QmpError(
      'setting detect-zeroes to unmap is not allowed without setting discard operation to unmap',
    );
  }
}

const FORMATS: readonly string[] = ['raw', 'qcow2'];

/** The complaint about an option that no driver takes: an object without members stands for itself. */
export function leftOver({ driver, cache }: BlockdevOptions): QmpError | undefined {
  if (cache === undefined || Object.keys(cache).length > 0) return undefined;
  return new QmpError(
    FORMATS.includes(driver)
      ? `Block format '${driver}' does not support the option 'cache'`
      : `Block protocol '${driver}' doesn't support the option 'cache'`,
  );
}
