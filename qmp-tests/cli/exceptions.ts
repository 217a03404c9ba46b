/** Lines of the recorded command lines where we do otherwise than QEMU, by reason. */
const EXCEPTIONS: Readonly<Record<string, readonly number[]>> = {
  'only pseries and PCs are here': [30, 34],
  'KVM and qtest are here': [24, 26, 339, 340, 345, 354, 356, 357, 430, 432],
  'device types that do not exist here': [437, 445, 450],
  'Node.js cannot unlock terminals': [143],
  'QEMU takes its standard input for a socket': [162],
  'QEMU crashes': [203],
  'QEMU had not started yet': [230],
  'the memory of the host where it was recorded': [231],
  "QEMU's helper program says why": [302],
  'machines cannot be saved or migrated': [409],
};

export const EXCEPTED_LINES: ReadonlySet<number> = new Set(Object.values(EXCEPTIONS).flat());

/** What takes the standard streams, which here are those of the tests. */
export const NOT_RUN: ReadonlySet<number> = new Set([145]);
