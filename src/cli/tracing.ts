import { openSync, readFileSync, writeSync } from 'node:fs';
import { systemErrorText } from '../base/system-errors.ts';
import { Tracer } from '../base/trace.ts';
import type { TraceTarget } from '../base/trace-control.ts';
import type { Configuration, TraceRequest } from './configuration.ts';
import { CliError } from './errors.ts';
import type { Stage } from './main.ts';

/** Listens to what `-trace` and `-d` ask for. @throws CliError */
export async function makeTracer(
  { traces, target, reportStyle }: Configuration,
  stage: Stage,
): Promise<Tracer> {
  const file = traces.findLast(each => each.file !== undefined)?.file;
  const write = file === undefined ? (text: string) => stage.log(text) : writerTo(file);
  const tracer = new Tracer(line => write(`${reportStyle.timestamp ? stamp(Date.now()) : ''}${line}\n`));
  if (traces.length === 0) return tracer;
  const { applyTracePattern } = await import('../base/trace-control.ts');
  const apply = (pattern: string, location: string | undefined) => {
    if (!applyTracePattern(tracer, target satisfies TraceTarget, pattern)) {
      const name = pattern.replace(/^-/, '');
      stage.report({ severity: 'warning', message: `trace event '${name}' does not exist`, location });
    }
  };
  for (const request of traces) {
    const { pattern, location } = request;
    if (pattern !== undefined && pattern !== '') apply(pattern, location);
    for (const [line, text] of patternsIn(request)) apply(text, `:${request.events}:${line}`);
  }
  return tracer;
}

/** Lines of the file with patterns, by number, without remarks. @throws CliError */
function patternsIn({ events }: TraceRequest): readonly (readonly [line: number, text: string])[] {
  if (events === undefined) return [];
  try {
    const lines = readFileSync(events, 'utf8').split('\n');
    return lines
      .map((text, index) => [index + 1, text] as const)
      .filter(([, text]) => text !== '' && !text.startsWith('#'));
  } catch (error) {
    throw CliError.at(`:${events}`, systemErrorText(error));
  }
}

function writerTo(path: string): (text: string) => void {
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw CliError.at(undefined, `Error opening logfile ${path}: ${systemErrorText(error)}`);
  }
  return text => writeSync(file, text);
}

/** Process and time, as QEMU puts them before an event. @param now milliseconds since 1970 */
function stamp(now: number): string {
  const [seconds, microseconds] = [Math.floor(now / 1000), (now % 1000) * 1000];
  return `${process.pid}@${seconds}.${String(microseconds).padStart(6, '0')}:`;
}
