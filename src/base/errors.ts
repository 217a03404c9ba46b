/** The ways of failing. Each is thrown as an exception and rendered once, at the edge. */

/** QMP error classes (QMP specification, section "Error classes"). */
export type ErrorClass =
  | 'GenericError'
  | 'CommandNotFound'
  | 'DeviceNotActive'
  | 'DeviceNotFound'
  | 'KVMMissingCap';

/** What a QMP client is told: the class and QEMU's own text. */
export class QmpError extends Error {
  override readonly name = 'QmpError';

  constructor(
    readonly desc: string,
    readonly errorClass: ErrorClass = 'GenericError',
    /** Further lines that only the command line and the human monitor print, as QEMU's hints. */
    readonly hint?: string,
    /** The words of the command line that caused it, where these are not those that are being followed. */
    readonly location?: string,
  ) {
    super(desc);
  }

  /** The same error, put down to an option that was read before. */
  at(location: string | undefined): QmpError {
    return new QmpError(this.desc, this.errorClass, this.hint, location);
  }

  /** The same error with text put in front, for a caller that knows more about what was being done. */
  prefixed(prefix: string): QmpError {
    return new QmpError(prefix + this.desc, this.errorClass, this.hint);
  }
}

/** A failing system call or ioctl of the simulated host kernel. */
export class HostError extends Error {
  override readonly name = 'HostError';

  constructor(
    readonly errno: Errno,
    /** The operation that failed, by its kernel name, e.g. `VFIO_IOMMU_MAP_DMA`. */
    readonly operation: string,
  ) {
    super(`${operation}: ${strerror(errno)}`);
  }

  /** The errno's number, positive. */
  get number(): number {
    return ERRNO[this.errno].number;
  }

  /** The C library's text for the errno. */
  get text(): string {
    return ERRNO[this.errno].text;
  }
}

/** A state from which QEMU itself aborts (`hw_error`): the machine ends, the text is its last words. */
export class HardwareError extends Error {
  override readonly name = 'HardwareError';
}

/** Linux errno numbers and glibc's texts, as far as the host model can answer with them. */
const ERRNO = {
  EPERM: { number: 1, text: 'Operation not permitted' },
  ENOENT: { number: 2, text: 'No such file or directory' },
  EINTR: { number: 4, text: 'Interrupted system call' },
  EIO: { number: 5, text: 'Input/output error' },
  ENXIO: { number: 6, text: 'No such device or address' },
  E2BIG: { number: 7, text: 'Argument list too long' },
  EBADF: { number: 9, text: 'Bad file descriptor' },
  EAGAIN: { number: 11, text: 'Resource temporarily unavailable' },
  ENOMEM: { number: 12, text: 'Cannot allocate memory' },
  EACCES: { number: 13, text: 'Permission denied' },
  EFAULT: { number: 14, text: 'Bad address' },
  EBUSY: { number: 16, text: 'Device or resource busy' },
  EEXIST: { number: 17, text: 'File exists' },
  ENODEV: { number: 19, text: 'No such device' },
  EINVAL: { number: 22, text: 'Invalid argument' },
  EMFILE: { number: 24, text: 'Too many open files' },
  ENOTTY: { number: 25, text: 'Inappropriate ioctl for device' },
  ENOSPC: { number: 28, text: 'No space left on device' },
  ERANGE: { number: 34, text: 'Numerical result out of range' },
  EOVERFLOW: { number: 75, text: 'Value too large for defined data type' },
  EOPNOTSUPP: { number: 95, text: 'Operation not supported' },
  ETIMEDOUT: { number: 110, text: 'Connection timed out' },
} as const;

export type Errno = keyof typeof ERRNO;

export const ERRNOS = Object.keys(ERRNO) as readonly Errno[];

/** glibc's `strerror` text. */
export function strerror(errno: Errno): string {
  return ERRNO[errno].text;
}

/** The errno with this (positive) number, if the host model knows it. */
export function errnoFromNumber(number: number): Errno | undefined {
  return ERRNOS.find(name => ERRNO[name].number === number);
}
