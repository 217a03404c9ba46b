/** Lines of the recordings where we answer otherwise than QEMU did, or do not announce what it did, by reason. */
const EXCEPTIONS: readonly {
  readonly reason: string;
  readonly lines: Readonly<Record<string, readonly number[]>>;
}[] = [
  {
    reason: 'descriptors do not arrive',
    lines: { 'hotplug-net-tap': [1, 3, 5, 7, 9, 11, 13, 14, 15] },
  },
  {
    reason: 'the recorder’s QEMU had not the devices of the host, which are here',
    lines: {
      'domain-start-hostdev': [22],
      'hotplug-hostdev': [3],
      'hotplug-hostdev-alias': [3],
    },
  },
  { reason: 'the answer is not recorded', lines: { 'probe-ppc64': [8] } },
  { reason: 'types and machines that are not here', lines: { 'probe-ppc64': [14, 32, 64, 66, 72] } },
  {
    reason: 'commands that are not here',
    lines: {
      'probe-ppc64': [10],
    },
  },
];

export function exceptedLines(name: string): ReadonlySet<number> {
  return new Set(EXCEPTIONS.flatMap(({ lines }) => lines[name] ?? []));
}
