import { QmpError } from '../base/errors.ts';
import type { BlockdevChangeReadOnlyMode } from '../generated/types.ts';
import type { Drive } from './drive.ts';
import type { BlockGraph } from './graph.ts';

/** A drive by its own name, or by its device's. */
export interface WhichDrive {
  readonly device?: string | undefined;
  readonly id?: string | undefined;
}

/** As `eject` does. @throws QmpError */
export function eject(graph: BlockGraph, which: WhichDrive): void {
  openTray(graph, which);
  removeMedium(graph, which);
}

/** As `blockdev-open-tray` does. @throws QmpError */
export function openTray(graph: BlockGraph, which: WhichDrive): void {
  const drive = find(graph, which);
  if (!drive.isRemovable) throw notRemovable(which);
  graph.moveTray(drive, true);
}

/** As `blockdev-close-tray` does. @throws QmpError */
export function closeTray(graph: BlockGraph, which: WhichDrive): void {
  const drive = find(graph, which);
  if (!drive.isRemovable) throw notRemovable(which);
  graph.moveTray(drive, false);
}

/** As `blockdev-remove-medium` does. @throws QmpError */
export function removeMedium(graph: BlockGraph, which: WhichDrive): void {
  const drive = find(graph, which);
  if (!drive.isRemovable) throw notRemovable(which);
  if (drive.tray === 'closed') throw new QmpError(`Tray of device '${nameOf(which)}' is not open`);
  graph.takeOut(drive);
}

/** As `blockdev-insert-medium` does. @throws QmpError */
export function insertMedium(graph: BlockGraph, id: string, nodeName: string): void {
  const drive = find(graph, { id });
  const node = graph.node(nodeName);
  if (node === undefined) throw new QmpError(`Node '${nodeName}' not found`);
  if (node.isInDrive) throw new QmpError(`Node '${nodeName}' is already in use`);
  if (!drive.isRemovable) throw new QmpError('Device is not removable');
  if (drive.tray === 'closed') throw new QmpError('Tray of the device is not open');
  if (drive.present) throw new QmpError('There already is a medium in the device');
  drive.insert(node);
}

/** As `blockdev-change-medium` does. @throws QmpError; the medium is then what it was, or none */
export function changeMedium(
  graph: BlockGraph,
  which: WhichDrive,
  medium: {
    readonly filename: string;
    readonly format: string | undefined;
    readonly mode: BlockdevChangeReadOnlyMode | undefined;
  },
): void {
  const drive = find(graph, which);
  const { filename, format, mode = 'retain' } = medium;
  const readOnly = mode === 'retain' ? drive.retainsReadOnly : mode === 'read-only';
  const node = graph.openFile(filename, format, readOnly);
  try {
    eject(graph, which);
    drive.insert(node);
  } catch (error) {
    graph.discard(node);
    throw error;
  }
  graph.moveTray(drive, false);
}

function find(graph: BlockGraph, { device, id }: WhichDrive): Drive {
  if (id !== undefined && device === undefined) return graph.driveOfDevice(id);
  if (device === undefined || id !== undefined) throw new QmpError("Need exactly one of 'device' and 'id'");
  const drive = graph.drives.find(each => each.id === device && device !== '');
  if (drive === undefined) throw new QmpError(`Device '${device}' not found`, 'DeviceNotFound');
  return drive;
}

function notRemovable(which: WhichDrive): QmpError {
  return new QmpError(`Device '${nameOf(which)}' is not removable`);
}

function nameOf({ device, id }: WhichDrive): string {
  return device ?? id ?? '';
}
