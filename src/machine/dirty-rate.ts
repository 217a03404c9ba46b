import type { Clock } from '../base/clock.ts';
import { QmpError } from '../base/errors.ts';
import type { DirtyRateInfo, DirtyRateMeasureMode } from '../generated/types.ts';

const DEFAULT_SAMPLE_PAGES = 512n;
const SECOND = 1_000_000_000n;

/** Pages looked at in each GiB, and how long, seconds: the least and the most. */
const SAMPLE_PAGES = { minimum: 128n, maximum: 16384n };
const TIME = { minimum: 1n, maximum: 60n };

interface Measurement {
  /** Seconds. */
  readonly time: bigint;
  readonly samplePages: bigint;
  readonly mode: DirtyRateMeasureMode;
  /** When it began, ns. */
  readonly start: bigint;
}

/** How fast the guest dirties memory. It takes its time to be measured; and as no guest code runs, it is zero. */
export class DirtyRate {
  #last: Measurement | undefined;

  constructor(private readonly clock: Clock) {}

  get #isMeasuring(): boolean {
    return this.#last !== undefined && this.clock.now() < this.#last.start + this.#last.time * SECOND;
  }

  /**
   * Begins to measure.
   * @param time seconds
   * @throws QmpError while it is being measured; for numbers out of range, and where KVM has no ring
   */
  measure(
    time: bigint,
    samplePages = DEFAULT_SAMPLE_PAGES,
    mode: DirtyRateMeasureMode = 'page-sampling',
  ): void {
    if (this.#isMeasuring) throw new QmpError('the dirty rate is already being measured.');
    if (time < TIME.minimum || time > TIME.maximum)
      throw new QmpError(`calc-time is out of range[${TIME.minimum}, ${TIME.maximum}].`);
    if (samplePages < SAMPLE_PAGES.minimum || samplePages > SAMPLE_PAGES.maximum)
      throw new QmpError(`sample-pages is out of range[${SAMPLE_PAGES.minimum}, ${SAMPLE_PAGES.maximum}].`);
    // No KVM here has the ring that this takes.
    if (mode === 'dirty-ring')
      throw new QmpError('mode dirty-ring is not enabled, use other method instead.');
    this.#last = { time, samplePages, mode, start: this.clock.now() };
  }

  get info(): DirtyRateInfo {
    const last = this.#last;
    if (last === undefined)
      return {
        status: 'unstarted',
        'start-time': 0n,
        'calc-time': 0n,
        'sample-pages': 0n,
        mode: 'page-sampling',
      };
    const measured = !this.#isMeasuring;
    return {
      status: measured ? 'measured' : 'measuring',
      'start-time': last.start / SECOND,
      'calc-time': last.time,
      'sample-pages': measured && last.mode !== 'page-sampling' ? 0n : last.samplePages,
      mode: last.mode,
      ...(measured ? { 'dirty-rate': 0n } : {}),
    };
  }
}
