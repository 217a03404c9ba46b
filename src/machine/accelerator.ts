import { QmpError } from '../base/errors.ts';
import type { KvmVm } from '../host/kvm.ts';
import type { HostProcess } from '../host/process.ts';
import type { Accelerator } from './config.ts';

/**
 * Starts the first accelerator that the host has, and says why others could not be.
 * @param wanted as `-accel` names them, the best first
 * @throws QmpError if it has none of them, by which the process is closed
 */
export function startAccelerator(
  wanted: readonly Accelerator[],
  process: HostProcess,
  report: (line: string) => void,
): [Accelerator, KvmVm | undefined] {
  for (const accelerator of wanted) {
    if (accelerator !== 'kvm') return [accelerator, undefined];
    try {
      return ['kvm', process.openKvm()];
    } catch (error) {
      const text = error instanceof Error && 'text' in error ? error.text : String(error);
      report(`Could not access KVM kernel module: ${text}`);
      report(`failed to initialize kvm: ${text}`);
    }
  }
  process.close();
  throw new QmpError('no accelerator found');
}
