import { QmpError } from '../base/errors.ts';

/** Options of one character device, as `-chardev` has them; `backend` is the kind of device. */
export type ChardevOptions = Readonly<Record<string, string>>;

/** Options that any backend accepts; those that mean nothing to it are ignored. */
const KNOWN = new Set(
  (
    'backend id path input-path host port fd localaddr localport to ipv4 ipv6 wait server delay nodelay ' +
    'reconnect telnet tn3270 tls-creds tls-authz websocket width height cols rows mux signal name debug size ' +
    'chardev append logfile logappend mouse clipboard abstract tight'
  ).split(' '),
);

/** Typed access to the options, in QEMU's words where they are wrong. */
export class OptionReader {
  constructor(private readonly options: ChardevOptions) {
    const unknown = Object.keys(options).find(name => !KNOWN.has(name));
    if (unknown !== undefined) throw new QmpError(`Invalid parameter '${unknown}'`);
  }

  string(name: string): string | undefined {
    return Object.hasOwn(this.options, name) ? this.options[name] : undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    // Of words that YAML would take for a truth value, QEMU takes these.
    if (['on', 'yes', 'true', 'y'].includes(value)) return true;
    if (['off', 'no', 'false', 'n'].includes(value)) return false;
    throw new QmpError(`Parameter '${name}' expects 'on' or 'off'`);
  }

  number(name: string): number | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    if (!/^[-+]?\d+$/.test(value)) throw new QmpError(`Parameter '${name}' expects a number`);
    return Number(value);
  }

  /** Bytes, with a suffix for a power of 1024. */
  size(name: string): number | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    const [, number, suffix = ''] = /^(\d+)([bkmgtpe]?)$/i.exec(value) ?? [];
    if (number === undefined) throw new QmpError(`Parameter '${name}' expects a size`);
    return Number(number) * 1024 ** Math.max(0, 'bkmgtpe'.indexOf(suffix.toLowerCase() || 'b'));
  }
}
