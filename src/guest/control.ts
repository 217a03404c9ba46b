import type { GuestModel, IommuPolicy, UnplugAnswer } from './platform.ts';

/** How a guest reacts to devices that come and go. */
export interface GuestManners {
  readonly unplug: UnplugAnswer;
  /** How long it takes until it reacts, ms. */
  readonly delayMs: number;
}

export type MannersChange = { readonly [Name in keyof GuestManners]?: GuestManners[Name] | undefined };

const OBLIGING: GuestManners = { unplug: 'accept', delayMs: 0 };

/** The operating system inside, and how it has been told to behave. */
export class GuestControl {
  #manners: GuestManners;
  /** What it does with DMA remapping hardware when it starts, and for functions that come later. */
  iommu: IommuPolicy = 'off';
  readonly #byDevice = new Map<string, Partial<GuestManners>>();

  constructor(
    public model: GuestModel,
    manners: MannersChange = {},
  ) {
    this.#manners = { ...OBLIGING, ...given(manners) };
  }

  /** Its manners in general. */
  get manners(): GuestManners {
    return this.#manners;
  }

  /** Where it behaves otherwise, by device id. */
  get exceptions(): ReadonlyMap<string, Partial<GuestManners>> {
    return this.#byDevice;
  }

  /** @param device id of the one device that this is about; it need not be there yet */
  change(change: MannersChange, device?: string): void {
    if (device === undefined) this.#manners = { ...this.#manners, ...given(change) };
    else this.#byDevice.set(device, { ...this.#byDevice.get(device), ...given(change) });
  }

  mannersFor(device: string | undefined): GuestManners {
    const exception = device === undefined ? undefined : this.#byDevice.get(device);
    return { ...this.#manners, ...exception };
  }
}

/** Members that have a value. */
function given(change: MannersChange): Partial<GuestManners> {
  const { unplug, delayMs } = change;
  return { ...(unplug === undefined ? {} : { unplug }), ...(delayMs === undefined ? {} : { delayMs }) };
}
