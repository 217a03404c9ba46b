import { isJsonObject, type JsonValue } from '../base/json.ts';
import { KeyvalParser } from '../base/keyval.ts';
import type { Configuration, GlobalProperty, JsonForm, KeyvalForm } from './configuration.ts';
import { CliError, type Report } from './errors.ts';
import { OptionList, type ParsedOption } from './option-list.ts';
import { OPTION_LISTS, type OptionListName } from './option-lists.ts';
import type { ProgramIdentity } from './target.ts';

/** What reading a command line needs from outside. */
export interface Surroundings {
  /** Parses QEMU's dialect of JSON; throws an Error whose message is the diagnostic. */
  parseJson(text: string): JsonValue;
  /** The content of a configuration file; throws the file system's error. */
  readFile(path: string): string;
  /** Whether the process was started with this descriptor open. */
  isOpenDescriptor(fd: number): boolean;
  /** Whether the system has a user of this name. */
  userExists(name: string): boolean;
}

/** A value given as one word, with the words of the command line it came with. */
export interface Word {
  readonly text: string;
  readonly location: string | undefined;
}

/** An option in the `key=value` form, kept in order among others in the JSON form. */
export interface ListedOption {
  readonly form: 'options';
  readonly option: ParsedOption;
}

/**
 * The command line as far as it was read. Options write into it in the order they are given; `finish.ts`
 * makes the configuration of it once all are there.
 */
export class Draft {
  /** `-machine` and everything that is a shorthand for one of its properties. */
  readonly machine = new KeyvalParser('type');

  readonly objects: (ListedOption | JsonForm)[] = [];
  readonly jsonDevices: JsonForm[] = [];
  readonly treeNetdevs: (JsonForm | KeyvalForm)[] = [];
  readonly blockdevs: (JsonForm | KeyvalForm)[] = [];
  /** `-global driver.property=value`; the long form is in the list of that name. */
  readonly globals: GlobalProperty[] = [];
  readonly serials: Word[] = [];
  readonly parallels: Word[] = [];
  readonly usbDevices: Word[] = [];
  /** Ids of sound backends. */
  readonly audiodevs: string[] = [];

  cpu: string | undefined;
  uuid: string | undefined;
  vga: string | undefined;
  logItems: string | undefined;
  logFile: string | undefined;
  qtest: string | undefined;
  qtestLog: string | undefined;
  pidFile: string | undefined;
  runAs: Configuration['process']['runAs'];
  hostFile: string | undefined;
  clock: Configuration['clock'] = 'real';

  /** `-incoming`, as far as it is not refused at once. */
  incoming: Word | undefined;
  savedState: string | undefined;
  /** `-chroot`. */
  root: string | undefined;
  onlyMigratable = false;

  paused = false;
  preconfig = false;
  defaultDevices = true;
  /** Nothing on the command line said where the human monitor goes. */
  defaultMonitor = true;
  /** Nothing on the command line was about networks. */
  defaultNetwork = true;
  nographic = false;
  daemonize = false;
  listDataDirectories = false;

  readonly #lists = new Map<string, OptionList>();
  #legacyMonitors = 0;

  constructor(
    readonly program: ProgramIdentity,
    readonly surroundings: Surroundings,
    /** Takes warnings; errors are thrown. */
    readonly report: (report: Report) => void,
  ) {}

  /** The options of one kind. */
  list(name: OptionListName): OptionList {
    let list = this.#lists.get(name);
    if (list === undefined) {
      list = new OptionList(OPTION_LISTS[name], this.report);
      this.#lists.set(name, list);
    }
    return list;
  }

  /** A name for the character device of one more monitor that was named in the short way. */
  nextMonitorId(): string {
    return `compat_monitor${this.#legacyMonitors++}`;
  }

  /** Parses the argument of an option that may be written as JSON. */
  parseJsonForm(text: string, location: string): JsonForm {
    let value: JsonValue;
    try {
      value = this.surroundings.parseJson(text);
    } catch (error) {
      throw CliError.at(location, error instanceof Error ? error.message : String(error));
    }
    // The text begins with a brace, so that anything but an object is the parser's fault.
    if (!isJsonObject(value)) throw new TypeError(`not a JSON object: ${text}`);
    return { form: 'json', value, location };
  }
}
