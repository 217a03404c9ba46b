import { HostError } from '../base/errors.ts';
import type { VfioDevice, VfioPciIrq } from '../host/vfio-device.ts';
import { hostStep } from './errors.ts';
import type { VfioEnvironment } from './system.ts';

/** What messages call them. */
const NAMES: Readonly<Partial<Record<VfioPciIrq, string>>> = { intx: 'INTX', err: 'ERR', req: 'REQ' };

/** The interrupts of an assigned device that are set up before any driver in the guest asks for one. */
export class VfioInterrupts {
  readonly #enabled: VfioPciIrq[] = [];

  constructor(
    private readonly file: VfioDevice,
    /** The device's host address, for messages. */
    private readonly name: string,
    private readonly environment: Pick<VfioEnvironment, 'report' | 'trace'>,
  ) {}

  /** The interrupt of the device itself. @throws QmpError if the host does not set it up */
  enableIntx(): void {
    hostStep(`${setUp('intx')} VFIO_DEVICE_SET_IRQS failure`, () => this.#enable('intx', () => {}));
    this.environment.trace.point('vfio_intx_enable', this.name);
  }

  /** What the host has to say beyond that: errors of the device, and that it wants the device back. */
  enableNotices(onRequest: (() => void) | undefined): void {
    this.#enableNotice('err', () => {});
    if (onRequest !== undefined) this.#enableNotice('req', onRequest);
  }

  /** Before the device's file is closed. */
  disable(): void {
    for (const irq of this.#enabled.splice(0).reverse()) {
      try {
        this.file.setIrqs(irq, undefined);
      } catch (error) {
        // Closing the file does it in any case.
        if (!(error instanceof HostError)) throw error;
      }
      if (irq === 'intx') this.environment.trace.point('vfio_intx_disable', this.name);
    }
  }

  /** Devices and kernels that do not know a notice do without. */
  #enableNotice(irq: VfioPciIrq, handler: () => void): void {
    let count: number;
    try {
      count = this.file.getIrqCount(irq);
    } catch (error) {
      if (error instanceof HostError) return;
      throw error;
    }
    if (count === 0) return;
    try {
      this.#enable(irq, handler);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.environment.report(`vfio ${this.name}: ${setUp(irq)} VFIO_DEVICE_SET_IRQS failure: ${error.text}`);
    }
  }

  #enable(irq: VfioPciIrq, handler: () => void): void {
    this.file.setIrqs(irq, handler);
    this.#enabled.push(irq);
  }
}

function setUp(irq: VfioPciIrq): string {
  return `Failed to set up TRIGGER eventfd signaling for interrupt ${NAMES[irq] ?? irq}-0:`;
}
