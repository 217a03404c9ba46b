/**
 * What `info mtree` shows, in an order of its own. Address spaces and flat views come in an order that changes from run to run, and QEMU marks the section of
 * the last access, which depends on how far the firmware was loaded.
 */
export function sortedSpaces(text: string): string {
  const blocks = text
    .replaceAll(/FlatView #\d+/g, 'FlatView')
    .replaceAll(' [MRU]', '')
    .split('\r\n\r\n');
  const inOrder = blocks.map(block => {
    const lines = block.split('\r\n');
    const spaces = lines.filter(line => line.startsWith(' AS ')).sort();
    return [...lines.slice(0, 1), ...spaces, ...lines.slice(1).filter(line => !line.startsWith(' AS '))].join(
      '\n',
    );
  });
  return inOrder.sort().join('\n\n');
}
