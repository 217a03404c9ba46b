import { QmpError } from '../base/errors.ts';
import { readBoolean, readNumber } from '../base/option-numbers.ts';
import { parseOptionSize } from '../base/option-size.ts';

/** Options of one character device, as `-chardev` has them; `backend` is the kind of device. */
export type ChardevOptions = Readonly<Record<string, string>>;

type OptionType = 'string' | 'boolean' | 'number' | 'size';

/** Options that any backend accepts; those that mean nothing to it are ignored. */
const NAMES: Readonly<Record<OptionType, string>> = {
  string:
    'backend id path input-path host port fd localaddr localport tls-creds tls-authz name chardev logfile',
  boolean:
    'ipv4 ipv6 wait server delay nodelay telnet tn3270 websocket mux signal append logappend mouse clipboard ' +
    'tight abstract',
  number: 'to reconnect width height cols rows debug',
  size: 'size',
};

/** Typed access to the options, in QEMU's words where they are wrong. */
export class OptionReader {
  /**
   * @param warn told of what is understood, but should be written otherwise
   * @throws QmpError for an option that there is not, or whose value is not of its type
   */
  constructor(
    private readonly options: ChardevOptions,
    private readonly warn: (message: string) => void = () => {},
  ) {
    for (const name of Object.keys(options)) this.#check(name);
  }

  #check(name: string): void {
    if (isNamed('string', name)) return;
    if (isNamed('boolean', name)) this.boolean(name);
    else if (isNamed('number', name)) this.number(name);
    else if (isNamed('size', name)) this.size(name);
    else throw new QmpError(`Invalid parameter '${name}'`);
  }

  string(name: string): string | undefined {
    return Object.hasOwn(this.options, name) ? this.options[name] : undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = this.string(name);
    if (value === undefined) return undefined;
    return readBoolean(name, value);
  }

  number(name: string): bigint | undefined {
    const value = this.string(name);
    return value === undefined ? undefined : BigInt.asIntN(64, readNumber(name, value));
  }

  /** Bytes, with a suffix for a power of 1024. */
  size(name: string): bigint | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    const { value, warning } = parseOptionSize(name, text);
    if (warning !== undefined) this.warn(warning);
    return value;
  }
}

function isNamed(type: OptionType, name: string): boolean {
  return NAMES[type].split(' ').includes(name);
}
