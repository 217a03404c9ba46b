import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A folder of sysfs or the like: small files of text, and links. What is not there, or not to be read, is undefined. */
export class SysfsFolder {
  constructor(readonly path: string) {}

  /** Without the line's end. */
  text(name: string): string | undefined {
    return this.bytes(name)?.toString('utf8').trimEnd();
  }

  bytes(name: string): Buffer | undefined {
    try {
      return readFileSync(join(this.path, name));
    } catch {
      return undefined;
    }
  }

  /** As `0x8086` or `12`. */
  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined || text === '' ? undefined : Number(text);
  }

  /** Name of what a link leads to. */
  linkName(name: string): string | undefined {
    try {
      return basename(readlinkSync(join(this.path, name)));
    } catch {
      return undefined;
    }
  }

  folder(name: string): SysfsFolder {
    return new SysfsFolder(join(this.path, name));
  }

  has(name: string): boolean {
    return existsSync(join(this.path, name));
  }

  /** Names of what is in it, sorted. */
  get names(): readonly string[] {
    try {
      return readdirSync(this.path).sort();
    } catch {
      return [];
    }
  }
}
