import { QmpError } from '../base/errors.ts';
import { isIdentifier } from '../base/identifier.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { BlockDeviceInfo, BlockdevOptions, BlockInfo } from '../generated/types.ts';
import type { Device } from '../qdev/device.ts';
import { findDevice } from '../qdev/device-del.ts';
import type { System } from '../qdev/system.ts';
import { Drive } from './drive.ts';
import { DriveSlots } from './drive-slots.ts';
import { factsOf } from './drivers.ts';
import { FileLocks } from './file-locks.ts';
import { BlockNode } from './node.ts';
import { checkOpen, leftOver } from './open-checks.ts';
import { probeFormat } from './qcow2.ts';

const MAX_NODE_NAME = 31;

/** A drive that is to be. */
export interface DriveDescription {
  /** Absent for a drive with nothing in it. */
  readonly content: BlockdevOptions | undefined;
  /** The same as the user wrote it, which is how a node's name shows values. */
  readonly written: JsonObject;
  /** Whether writes are done once the host has them in its memory. */
  readonly writeback: boolean;
}

/** A drive with nothing in it. */
export const EMPTY_DRIVE: DriveDescription = { content: undefined, written: {}, writeback: true };

/** The nodes and drives of one machine. */
export class BlockGraph {
  /** Newest last. */
  readonly #nodes = new Map<string, BlockNode>();
  /** Nodes that the user made by themselves, and can remove. */
  readonly #owned = new Set<BlockNode>();
  readonly #drives: Drive[] = [];
  /** Where those of `-drive` are. */
  readonly slots = new DriveSlots();
  /** Of drives that users made. */
  readonly #driveNames = new Set<string>();
  readonly #locks = new FileLocks();

  constructor(private readonly system: System) {
    system.backends.emptyDrive = device => this.#anonymousDrive(undefined, device);
  }

  /**
   * As `blockdev-add` and `-blockdev` do.
   * @param written options as the user wrote them, where the node's name shows them so
   * @throws QmpError leaving nothing behind
   */
  addNode(options: BlockdevOptions, written?: JsonObject): void {
    const { 'node-name': name } = options;
    if (name === undefined) throw new QmpError("'node-name' must be specified for the root node");
    const node = this.#create(options, name, written);
    this.#owned.add(node);
    this.system.backends.drives.set(name, {
      id: name,
      attach: device => this.#anonymousDrive(node, device),
    });
  }

  /** As `blockdev-del` does. @throws QmpError */
  removeNode(name: string): void {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new QmpError(`Failed to find node with node-name='${name}'`);
    if (node.isInDrive) throw new QmpError(`Node ${name} is in use`);
    if (!this.#owned.has(node)) throw new QmpError(`Node ${name} is not owned by the monitor`);
    if (node.parents.length > 0) throw new QmpError(`Block device ${name} is in use`);
    this.#owned.delete(node);
    this.system.backends.drives.delete(name);
    this.#drop(node);
  }

  /**
   * A drive with a name, as `-drive` makes it.
   * @throws QmpError
   */
  addDrive(name: string, { content, written, writeback }: DriveDescription): void {
    if (this.#drives.some(drive => drive.id === name))
      throw new QmpError(`Device with id '${name}' already exists`);
    if (this.#nodes.has(name))
      throw new QmpError(`Device name '${name}' conflicts with an existing node name`);
    const node = content === undefined ? undefined : this.#create(content, content['node-name'], written);
    // Once a device that used it has gone, so has a drive that was made for devices.
    const isPlaced = (): boolean => this.slots.isPlaced(name);
    const drive = new Drive({ id: name, writeback, isPlaced }, node, false, (gone, used) => {
      if (used || gone.id === '') this.#removeDrive(gone, name);
    });
    this.#drives.push(drive);
    this.#driveNames.add(name);
    this.system.backends.drives.set(name, drive);
  }

  /** Whether a drive has this name, or had it and is still at a device. */
  isDriveName(name: string): boolean {
    return this.#driveNames.has(name);
  }

  /** As `drive_del` does: what is in a drive goes at once, and the drive with its device. @throws QmpError */
  deleteDrive(id: string): void {
    const drive = this.#drives.find(each => each.id === id);
    if (drive === undefined) {
      if (!this.#nodes.has(id)) throw new QmpError(`Device '${id}' not found`);
      this.removeNode(id);
      return;
    }
    if (drive.device === undefined) {
      this.#removeDrive(drive, id);
      return;
    }
    this.system.backends.drives.delete(id);
    this.discard(drive.lose());
  }

  #removeDrive(drive: Drive, name: string): void {
    this.system.backends.drives.delete(name);
    this.#driveNames.delete(name);
    this.slots.remove(name);
    this.#abandon(drive);
  }

  get nodes(): Iterable<BlockNode> {
    return this.#nodes.values();
  }

  get drives(): readonly Drive[] {
    return this.#drives;
  }

  #anonymousDrive(node: BlockNode | undefined, device: Device): Drive {
    // What is put into a drive that came about by itself can only be read.
    const settings = { id: '', writeback: true, isPlaced: () => false };
    const drive = new Drive(settings, node, true, gone => this.#abandon(gone));
    this.#drives.push(drive);
    drive.attach(device);
    return drive;
  }

  /** The drive of a device, by the device's id or path. @throws QmpError */
  driveOfDevice(id: string): Drive {
    const device = findDevice(this.system, id);
    const drive = this.#drives.find(each => each.device === device);
    if (drive === undefined) throw new QmpError('Device does not have a block device backend');
    return drive;
  }

  node(name: string): BlockNode | undefined {
    return this.#nodes.get(name);
  }

  /** A node for a file, with nobody using it yet. @param format found out by default @throws QmpError */
  openFile(filename: string, format: string | undefined, readOnly: boolean): BlockNode {
    const driver = format ?? probeFormat(filename);
    if (driver !== 'raw' && driver !== 'qcow2') throw new QmpError(`Unknown driver '${driver}'`);
    return this.#create({ driver, 'read-only': readOnly, file: { driver: 'file', filename } }, undefined);
  }

  /** Opens or closes the tray of a drive that has one, and tells of it. */
  moveTray(drive: Drive, open: boolean): void {
    if (!drive.moveTray(open)) return;
    const { id: device, deviceName: id } = drive;
    this.system.events.emit('DEVICE_TRAY_MOVED', { device, id, 'tray-open': open });
  }

  /** Empties a drive. */
  takeOut(drive: Drive): void {
    this.discard(drive.takeOut());
  }

  /** Drops a node unless somebody has it. */
  discard(node: BlockNode | undefined): void {
    if (node !== undefined && node.parents.length === 0 && !this.#owned.has(node)) this.#drop(node);
  }

  #abandon(drive: Drive): void {
    this.takeOut(drive);
    const index = this.#drives.indexOf(drive);
    if (index >= 0) this.#drives.splice(index, 1);
  }

  #create(options: BlockdevOptions, wanted: string | undefined, written: JsonObject = {}): BlockNode {
    const made: BlockNode[] = [];
    const readOnly = options['read-only'] ?? false;
    try {
      const file = this.#file(options, made, written);
      checkOpen(options);
      if (wanted !== undefined) this.#checkName(wanted);
      const facts = factsOf(options, file);
      const { direct = false, 'no-flush': noFlush = false } = options.cache ?? {};
      const node = new BlockNode(
        {
          name: wanted ?? this.#automaticName(),
          readOnly,
          forceShare: options['force-share'] ?? false,
          detectZeroes: options['detect-zeroes'] ?? 'off',
          cache: { direct, noFlush },
        },
        { ...facts, options: asWritten(facts.options, written) },
        this.#locks.update,
      );
      node.connect();
      const flaw = facts.flaw ?? leftOver(options);
      if (flaw !== undefined) {
        node.disconnect();
        this.#locks.forget(node);
        throw flaw;
      }
      this.#nodes.set(node.name, node);
      return node;
    } catch (error) {
      for (const node of made) this.#drop(node);
      throw error;
    }
  }

  /** The node that another one refers to, by its name, or by that of the drive that it is in. @throws QmpError */
  referredTo(name: string): BlockNode {
    const drive = this.#drives.find(each => each.id === name);
    const node = this.#nodes.get(name) ?? drive?.node;
    if (node !== undefined) return node;
    throw new QmpError(
      drive === undefined
        ? `Cannot find device='${name}' nor node-name='${name}'`
        : `Device '${name}' has no medium`,
    );
  }

  /** The node below, by name or made on the spot; such a one inherits what is not said of it. */
  #file(options: BlockdevOptions, made: BlockNode[], written: JsonObject): BlockNode | undefined {
    const reference = 'file' in options ? options.file : undefined;
    if (reference === undefined) return undefined;
    if (typeof reference === 'string') return this.referredTo(reference);
    const readOnly = reference['read-only'] ?? options['read-only'];
    const inherited = {
      ...(readOnly === undefined ? {} : { 'read-only': readOnly }),
      ...(Object.keys(options.cache ?? {}).length === 0
        ? {}
        : { cache: { ...options.cache, ...reference.cache } }),
    };
    const node = this.#create(
      { ...reference, ...inherited },
      reference['node-name'],
      isJsonObject(written.file) ? written.file : {},
    );
    made.push(node);
    return node;
  }

  #checkName(name: string): void {
    if (!isIdentifier(name)) throw new QmpError(`Invalid node-name: '${name}'`);
    if (this.#drives.some(drive => drive.id === name))
      throw new QmpError(`node-name=${name} is conflicting with a device id`);
    if (this.#nodes.has(name)) throw new QmpError(`Duplicate nodes with node-name='${name}'`);
    if (name.length > MAX_NODE_NAME) throw new QmpError('Node name too long');
  }

  /** `#block` and a number, the name of a node that was given none. */
  #automaticName(): string {
    return `#block${String(this.system.nextNumber('block node')).padStart(3, '0')}`;
  }

  /** Takes a node out, with the nodes below it that only it had. */
  #drop(node: BlockNode): void {
    this.#nodes.delete(node.name);
    node.disconnect();
    this.#locks.forget(node);
    for (const child of node.children)
      if (child.parents.length === 0 && !this.#owned.has(child)) this.#drop(child);
  }

  /** As `query-named-block-nodes` shows them: newest first. */
  describeNodes(): readonly BlockDeviceInfo[] {
    return [...this.#nodes.values()].reverse().map(node => node.describe());
  }

  /** As `query-block` shows them: those with a name, then those of devices. */
  describeDrives(): readonly BlockInfo[] {
    return this.#drives
      .filter(drive => drive.id !== '' || drive.device !== undefined)
      .map(drive => drive.describe());
  }
}

function asWritten(options: JsonObject, written: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, written[name] ?? value]));
}
