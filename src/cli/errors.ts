/**
 * What the command line tells its user. Everything is data until `report.ts` renders it, because the
 * first word of each line (the program's name) and the time stamp of `-msg timestamp=on` belong to the edge.
 */

/** One message, as `error_report` and `warn_report` of QEMU make them; a plain one is printed as it is. */
export interface Report {
  readonly severity: 'error' | 'warning' | 'info' | 'plain';
  readonly message: string;
  /**
   * The words of the command line that caused it, e.g. `-device e1000,id=1x`, printed before the message;
   * a line of a configuration file is written `:file:line`.
   */
  readonly location?: string | undefined;
  /** Further lines that are printed as they are, without program name and location. */
  readonly hint?: string | undefined;
}

/** The command line cannot be followed: the reports go to stderr, the process ends with the status. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly reports: readonly Report[],
    readonly status = 1,
  ) {
    super(reports.map(report => report.message).join('; '));
  }

  /** The usual case: one error, said once. */
  static at(location: string | undefined, message: string, hint?: string): CliError {
    return new CliError([{ severity: 'error', message, location, hint }]);
  }
}

/** An option asks for text on stdout instead of a machine; what the text says is found out by who prints it. */
export type HelpTopic =
  | {
      readonly about:
        | 'options'
        | 'version'
        | 'machines'
        | 'cpus'
        | 'accelerators'
        | 'chardevs'
        | 'netdevs'
        | 'nic-models';
    }
  | {
      readonly about:
        | 'objects'
        | 'displays'
        | 'vga'
        | 'traces'
        | 'data-directories'
        | 'devices'
        | 'log-items';
    }
  | {
      readonly about: 'device' | 'machine' | 'object';
      readonly type: string;
      /** The option that asks, for what may be wrong with the type. */
      readonly location?: string | undefined;
    }
  | { readonly about: 'option-list'; readonly name: string };

/** Unwinds the parser to the edge, where the topic is printed and the process ends with the status. */
export class HelpRequested extends Error {
  override readonly name = 'HelpRequested';

  constructor(
    readonly topic: HelpTopic,
    readonly status = 0,
  ) {
    super(`help about ${topic.about}`);
  }
}
