/** The recordings that are replayed, by file name; those of the protocol lie with its tests. */
export const RECORDINGS = [
  'device-add-pseries',
  'device-add-pseries-odd-values',
  'device-del-pseries',
  'phb-hotplug',
  'cpu-hotplug',
  'memory-hotplug',
  'lifecycle',
  'qom',
] as const;

export type RecordingName = (typeof RECORDINGS)[number];

/** Where we answer otherwise than QEMU did, and why. */
interface Exception {
  readonly recording: RecordingName;
  /** As in a `Difference`. */
  readonly lines: readonly number[];
  readonly reason: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    recording: 'device-add-pseries',
    lines: [184, 175, 370, 357],
    reason: 'QEMU crashes of the input; here it is refused',
  },
  {
    recording: 'memory-hotplug',
    lines: [27, 1],
    reason: 'QEMU crashes of the input; here it is refused',
  },
  {
    recording: 'phb-hotplug',
    lines: [1313, 1308],
    reason: 'QEMU crashes of the input; here it is refused',
  },
  {
    recording: 'memory-hotplug',
    lines: [154],
    reason: 'device types that do not exist here',
  },
  {
    recording: 'device-del-pseries',
    lines: [512],
    reason: 'firmware has run in QEMU, which then never announces that a device behind a bridge is gone',
  },
  {
    recording: 'lifecycle',
    lines: [420, 446, 508, 534],
    reason: 'only commands that work are listed and described',
  },
];

/** The lines of a recording where other answers are expected. */
export function exceptedLines(recording: RecordingName): ReadonlySet<number> {
  return new Set(EXCEPTIONS.flatMap(exception => (exception.recording === recording ? exception.lines : [])));
}
