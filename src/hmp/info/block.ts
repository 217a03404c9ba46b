import { formatDouble } from '../../base/format-double.ts';
import type { BlockDeviceInfo, BlockInfo, ImageInfo } from '../../generated/types.ts';
import { command } from '../command.ts';
import { flag, optional, word } from '../parameters.ts';

/** What drives and nodes there are. */
export const BLOCK_INFO = [
  command({
    name: 'block',
    usage: '[-n] [-v] [device]',
    help: 'show info of one block device or all block devices (-n: show named nodes; -v: show details)',
    parameters: { nodes: flag('n'), verbose: flag('v'), device: optional(word) },
    run: async ({ execute, print }, { nodes, verbose, device }) => {
      const drives = nodes
        ? []
        : (await execute('query-block')).map(drive => ({ name: drive.device, node: drive.inserted, drive }));
      // A name that no drive has may be that of a node.
      const areDrives = !nodes && (device === undefined || drives.some(({ name }) => name === device));
      const pages = areDrives
        ? drives
        : (await execute('query-named-block-nodes')).map(node => ({ name: node['node-name'], node }));
      for (const [index, { name, ...page }] of pages.entries()) {
        if (device !== undefined && device !== name) continue;
        // Even where what would come before was not asked for.
        if (index > 0) print('\n');
        print(describe(page, verbose));
      }
    },
  }),
  command({
    name: 'blockstats',
    help: 'show block device statistics',
    run: async ({ execute, print }) => {
      for (const { device, stats } of await execute('query-blockstats')) {
        if (device === undefined) continue;
        const values = COUNTERS.map(name => ` ${name}=${stats[name] ?? 0}`);
        print(`${device}:${values.join('')}\n`);
      }
    },
  }),
  command({
    name: 'block-jobs',
    help: 'show progress of ongoing block device operations',
    run: async ({ execute, print }) => {
      if ((await execute('query-block-jobs')).length === 0) print('No active jobs\n');
    },
  }),
] as const;

/** In the order in which they are shown. */
const COUNTERS = [
  'rd_bytes',
  'wr_bytes',
  'rd_operations',
  'wr_operations',
  'flush_operations',
  'wr_total_time_ns',
  'rd_total_time_ns',
  'flush_total_time_ns',
  'rd_merged',
  'wr_merged',
  'idle_time_ns',
] as const;

/** A drive and the node in it, if there is one, or a node on its own. */
interface Page {
  readonly drive?: BlockInfo;
  readonly node: BlockDeviceInfo | undefined;
}

function describe(page: Page, verbose: boolean): string {
  const { drive, node } = page;
  const lines = [`${headline(page)}\n`];
  const row = (title: string, value: string) => lines.push(`    ${`${title}:`.padEnd(18)}${value}\n`);
  if (drive?.qdev !== undefined) row('Attached to', drive.qdev);
  if (drive?.['io-status'] !== undefined && drive['io-status'] !== 'ok')
    row('I/O status', drive['io-status']);
  if (drive?.removable === true) {
    const tray = drive.tray_open === true ? 'open' : 'closed';
    row('Removable device', `${drive.locked ? '' : 'not '}locked, tray ${tray}`);
  }
  if (node === undefined) return lines.join('');
  const { cache } = node;
  const mode = [cache.writeback ? 'writeback' : 'writethrough'];
  if (cache.direct) mode.push('direct');
  if (cache['no-flush']) mode.push('ignore flushes');
  row('Cache mode', mode.join(', '));
  if (node.backing_file !== undefined)
    row('Backing file', `${node.backing_file} (chain depth: ${node.backing_file_depth})`);
  if (node.detect_zeroes !== 'off') row('Detect zeroes', node.detect_zeroes);
  if (verbose) lines.push('\nImages:\n', ...imageLines(node.image));
  return lines.join('');
}

function headline({ drive, node }: Page): string {
  const own = drive?.device ?? '';
  const nodeName = node?.['node-name'];
  let name = own;
  if (own === '') name = nodeName ?? drive?.qdev ?? '<anonymous>';
  else if (nodeName !== undefined) name = `${own} (${nodeName})`;
  if (node === undefined) return `${name}: [not inserted]`;
  const facts = [node.drv, ...(node.ro ? ['read-only'] : []), ...(node.encrypted ? ['encrypted'] : [])];
  return `${name}: ${node.file} (${facts.join(', ')})`;
}

function* imageLines(image: ImageInfo): Generator<string> {
  yield `image: ${image.filename}\n`;
  yield `file format: ${image.format}\n`;
  yield `virtual size: ${humanSize(image['virtual-size'])} (${image['virtual-size']} bytes)\n`;
  const used = image['actual-size'];
  yield `disk size: ${used === undefined ? 'unavailable' : humanSize(used)}\n`;
  if (image.encrypted === true) yield 'encrypted: yes\n';
  if (image['cluster-size'] !== undefined) yield `cluster_size: ${image['cluster-size']}\n`;
  if (image['dirty-flag'] === true) yield 'cleanly shut down: no\n';
  const specific = image['format-specific'];
  if (specific === undefined) return;
  yield 'Format specific information:\n';
  for (const [key, value] of Object.entries(specific.data))
    yield `    ${key.replaceAll('-', ' ')}: ${String(value)}\n`;
}

/** `1.46 MiB`: three digits, in the unit in which they are below a thousand. */
function humanSize(bytes: number | bigint): string {
  let value = Number(bytes);
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1024;
  return `${formatDouble(value, 3)} ${UNITS[unit]}B`;
}

const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
