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
  'qtest',
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
    recording: 'device-del-pseries',
    lines: [512],
    reason: 'firmware has run in QEMU, which then never announces that a device behind a bridge is gone',
  },
  {
    recording: 'lifecycle',
    lines: [420, 446, 508, 534],
    reason: 'only commands that work are listed and described',
  },
  {
    recording: 'qtest',
    lines: [
      171, 181, 184, 186, 191, 193, 198, 200, 205, 207, 212, 214, 219, 221, 226, 228, 233, 235, 240, 242, 253,
      255, 260, 262, 267, 269, 274, 276, 281, 283, 288, 290, 295, 297, 314, 316, 321, 323, 328, 330, 335, 337,
      342, 344, 349, 351, 356, 358, 369, 371, 412, 414,
    ],
    reason: 'QEMU ends with bad commands; here they are refused',
  },
  {
    recording: 'qtest',
    lines: [1329, 1357, 1397, 1425],
    reason: 'QEMU loads its firmware into memory again with each reset',
  },
  {
    recording: 'qtest',
    lines: [1634, 1637],
    reason: 'no timers',
  },
];

/** The lines of a recording where other answers are expected. */
export function exceptedLines(recording: RecordingName): ReadonlySet<number> {
  return new Set(EXCEPTIONS.flatMap(exception => (exception.recording === recording ? exception.lines : [])));
}
