import type { Report } from './errors.ts';

/** How reports are decorated: `-msg timestamp=on,guest-name=on`. */
export interface ReportStyle {
  readonly timestamp: boolean;
  /** The guest's name (`-name`), where it is to be shown. */
  readonly guestName?: string | undefined;
}

export const PLAIN_STYLE: ReportStyle = { timestamp: false };

/**
 * The lines of one report, each ended by a newline, in QEMU's form:
 * `[time ][guest ]program: [location: ][warning: ]message`.
 *
 * @param now the time to stamp with, in milliseconds since 1970
 */
export function renderReport(report: Report, program: string, style: ReportStyle, now: number): string {
  if (report.severity === 'plain') return `${report.message}\n`;
  const time = style.timestamp ? `${new Date(now).toISOString().replace('Z', '000Z')} ` : '';
  const guest = style.guestName === undefined ? '' : `${style.guestName} `;
  const location = report.location === undefined ? '' : `${report.location}: `;
  const colon = location.startsWith(':') ? '' : ': ';
  const severity = report.severity === 'error' ? '' : `${report.severity}: `;
  const hint = report.hint === undefined ? '' : `${report.hint}\n`;
  return `${time}${guest}${program}${colon}${location}${severity}${report.message}\n${hint}`;
}
