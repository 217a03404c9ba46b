/**
 * All that an operating system sees of its machine. A guest model has nothing else, so that whatever it
 * does a real guest could do.
 */
export type GuestPlatform = PaprPlatform | PcPlatform;

/** A logical partition, as PAPR describes it. */
export interface PaprPlatform {
  readonly kind: 'papr';
  /** @returns the hypercall's status (signed) and what it put in registers */
  hypercall(name: string, args: readonly bigint[]): { readonly ret: bigint; readonly out: readonly bigint[] };
  /**
   * `H_PUT_TCE` for `count` pages from `ioba` on, mapped to consecutive pages from that of `tce` on, one call after
   * the other until one fails: a loop of the guest's, done at once.
   * @returns how many calls succeeded, and the status of the last
   */
  putTces(
    liobn: bigint,
    ioba: bigint,
    tce: bigint,
    count: number,
  ): { readonly set: number; readonly ret: bigint };
  /** @returns the service's return words, the first of them its status; undefined if there is no such service */
  rtas(name: string, args: readonly number[], returns: number): readonly number[] | undefined;
  /** The same with arguments and return words in memory. @returns false if there is no such service */
  rtasInMemory(name: string, args: WordsInMemory, returns: WordsInMemory): boolean;
}

/** Big-endian 32-bit words in the guest's memory. */
export interface WordsInMemory {
  readonly address: bigint;
  readonly count: bigint;
}

/** A PC: I/O ports, and tables that say what is where. */
export interface PcPlatform {
  readonly kind: 'pc';
  /** @param size 1, 2 or 4 bytes @returns all ones where nothing answers */
  readPort(port: number, size: number): number;
  writePort(port: number, size: number, value: number): void;
  /** What firmware hands over, as it is now. */
  tables(): AcpiTables;
  /** DMA remapping hardware, if firmware tells of any. */
  remapping(): DmaRemapping | undefined;
  /** A timer of the guest's own: the event comes back after so many milliseconds, unless the machine is reset. */
  later(event: GuestEvent, delayMs: number): void;
}

/** A driver's way of making memory visible to a device. */
export interface GuestDma {
  /** @param perm bits as in `base/page-table.ts` @returns how many pages were mapped @throws QmpError */
  map(iova: bigint, gpa: bigint, size: bigint, perm: number): number;
  /** @returns how many pages were unmapped @throws QmpError */
  unmap(iova: bigint, size: bigint): number;
}

/** A page of I/O addresses and what it is translated to, as the remapping hardware reads it in a page table. */
export interface DmaPage {
  /** Number of the page, in units of its own size. */
  readonly page: number;
  /** log2 of its size, bytes: 12, 21 or 30. */
  readonly pageShift: number;
  /** Words of the entry, as in `base/page-table.ts`; without permission bits nothing is mapped. */
  readonly low: number;
  readonly high: number;
}

/** What the remapping hardware does with requests of one source. Without an entry they fail. */
export type DmaContextEntry =
  | { readonly kind: 'pass-through' }
  | { readonly kind: 'translated'; readonly domain: number };

/**
 * DMA remapping hardware (Intel VT-d), with the tables that it reads in the guest's memory. What is written
 * there takes effect when the guest invalidates what the hardware may have cached.
 */
export interface DmaRemapping {
  /** Of I/O addresses. */
  readonly addressBits: number;
  /** Whether it translates addresses at all, and whether it can also let them pass as they are. */
  readonly canTranslate: boolean;
  readonly canPassThrough: boolean;
  /** Global command: translation enable. */
  translation: boolean;
  /** What requests of a function are taken to come from: itself, or a bridge above it. */
  requesterOf(place: PciPlace): PciPlace;
  /** The context table, by source. */
  readonly contexts: readonly (readonly [source: PciPlace, entry: DmaContextEntry])[];
  context(source: PciPlace): DmaContextEntry | undefined;
  setContext(source: PciPlace, entry: DmaContextEntry | undefined): void;
  /** Page tables, by domain: writes an entry, @returns what is mapped from `start` to `end`, the last byte. */
  writeEntry(domain: number, page: DmaPage): void;
  pages(domain: number, start: bigint, end: bigint): Iterable<DmaPage>;
  /** Invalidates all contexts; the mappings of a domain, all of them or those of a range. */
  invalidateContexts(): void;
  invalidateMappings(domain: number, start?: bigint, end?: bigint): void;
}

/** A PCI function by its place: number of the bus, slot times 8 plus function. */
export interface PciPlace {
  readonly bus: number;
  readonly devfn: number;
}

/** What the ACPI tables (FADT and DSDT) tell an operating system, as far as one here uses it. */
export interface AcpiTables {
  /** Ports of the PM1 event and control registers (ACPI 6.4, 4.8.3). */
  readonly pm1Event: number;
  readonly pm1Control: number;
  /** Ports of the general-purpose events: status bytes, then as many enable bytes (4.8.4). */
  readonly gpe0: number;
  readonly gpe0Length: number;
  /** Where to ask for ACPI mode, and with what. */
  readonly smiCommand: number;
  readonly enableCommand: number;
  /** The machine's own registers for PCI hotplug, behind the methods in the DSDT. */
  readonly pciHotplug: number;
  /** Numbers of the buses that those registers serve. */
  readonly hotplugBuses: readonly number[];
  /** Whether the operating system is to serve the slots of PCI Express ports itself (_OSC). */
  readonly nativeSlots: boolean;
  /** The machine's own registers for memory hotplug, and how many slots they serve; undefined without any. */
  readonly memoryHotplug: { readonly port: number; readonly slots: number } | undefined;
  /** The same for processors, of which there can be so many. */
  readonly cpuHotplug: { readonly port: number; readonly places: number };
}

/** A place that ACPI serves: a PCI slot on one of `hotplugBuses`, a slot for memory, or a processor's place by its number. */
export type AcpiPlace = PciPlace | { readonly memorySlot: number } | { readonly processor: number };

/** What ACPI's interrupt is about, where that is one place. */
export interface SciCause {
  readonly place: AcpiPlace;
  readonly device: string | undefined;
}

/** What a machine tells its guest. */
export type GuestEvent =
  | { readonly kind: 'boot' }
  | {
      readonly kind: 'hotplug';
      readonly action: 'add' | 'remove';
      readonly drcIndex: number;
      /** How many connectors this is about, from that one on; 1 where it is left out. */
      readonly count?: number;
      /** Id of the device, which nothing in a guest knows: by it the simulation is told what to do. */
      readonly device: string | undefined;
    }
  | { readonly kind: 'powerdown' }
  /** ACPI's interrupt: a status register has something to tell. */
  | ({ readonly kind: 'sci' } & Partial<SciCause>)
  /** Interrupt of a PCI Express port: its slot has something to tell. */
  | { readonly kind: 'slot'; readonly port: PciPlace; readonly device: string | undefined }
  /** The guest's own timer, since a slot's attention button was pressed. */
  | { readonly kind: 'slot-button'; readonly port: PciPlace; readonly device: string | undefined };

/** What a guest does when it is asked to let a device go. `ignore`: it does not even answer. */
export const UNPLUG_ANSWERS = ['accept', 'refuse', 'ignore'] as const;
export type UnplugAnswer = (typeof UNPLUG_ANSWERS)[number];

/**
 * What a guest on a PC does with DMA remapping hardware: leave it alone, let requests pass as they are until a
 * device gets a domain, or give every device a domain.
 */
export const IOMMU_POLICIES = ['off', 'pass-through', 'translated'] as const;
export type IommuPolicy = (typeof IOMMU_POLICIES)[number];

/** The operating system inside, as far as the machine can tell. */
export interface GuestModel {
  readonly name: string;
  /**
   * Called only while the machine runs; events of a paused machine come when it goes on.
   * @param answer to being asked for a device, if that is what the event is about
   */
  handle(event: GuestEvent, platform: GuestPlatform, answer: UnplugAnswer, iommu: IommuPolicy): void;
}
