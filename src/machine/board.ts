import type { DriveInterface } from '../block/drive-slots.ts';

/** Parts that boards have unless the user brings others, or wants none. */
export type DefaultPart =
  | 'serial'
  | 'parallel'
  | 'monitor'
  | 'cdrom'
  | 'floppy'
  | 'sd-card'
  | 'network'
  | 'display';

/** Display adapters that boards come with, as `-vga` calls them. */
export type DisplayKind = 'none' | 'std' | 'cirrus' | 'vmware' | 'virtio';

/** What is on a board unless the user says otherwise, and how drives are connected to it. */
export interface BoardTraits {
  readonly parts: readonly DefaultPart[];
  readonly display: DisplayKind;
  /** What a drive is connected to that does not say. */
  readonly driveInterface: DriveInterface;
  /** Drives on each of its IDE cables. */
  readonly idePerBus: number;
}

/** Places where boards are extended, by what is added there. */
export type BoardStage = 'terminals' | 'ports' | 'display' | 'floppies' | 'adapters' | 'disks' | 'usb';

/** What a board gets beyond what is always on it: added by the board where such things come. */
export interface Equipment {
  /** @throws QmpError if there cannot be such a thing */
  add(stage: BoardStage): void;
}

/** What the user wants on a board, and what it has by default. */
export interface EquipmentWishes {
  /** Character devices of the serial ports in order; undefined where a port is left out. */
  readonly serials: readonly (string | undefined)[];
  readonly parallels: readonly (string | undefined)[];
  /** The adapter that the board brings; `user's` where the user brings one in place of it. */
  readonly display: DisplayKind | "user's";
  /** Whether the board has what boards have by default. */
  readonly hasDefaults: boolean;
}
