import { ADDRESSES, BUSES, type DeviceCatalogue, IDS, STAYING_IDS } from './devices.ts';
import type { Knowledge } from './knowledge.ts';
import type { QomHabit } from './qom-steps.ts';
import type { Random } from './random.ts';
import { command, type Habit, human, type Step, text } from './step.ts';
import { oddValue, valueFor } from './values.ts';

/** Asked to remove a part of a device, or of itself, QEMU ends. */
const NOT_REMOVED = /stays|dr-connector|tce-table|xhci-core|thread|source|wdt|rtc|ics/;

/** What users must not set, by QEMU's own faults: see the notes at the catalogue. */
const NOT_SET = /^(membar|realized|x-.*|dma_win_size)$/;

/** Plugs devices in and out. */
export class DeviceHabit implements Habit {
  /** Functions above 0 that were put somewhere. */
  readonly #functions = new Set<string>();

  constructor(
    private readonly random: Random,
    private readonly knowledge: Knowledge,
    private readonly qom: QomHabit,
    private readonly catalogue: DeviceCatalogue,
  ) {}

  next(): Step {
    return this.random.chance(0.65) ? this.#add() : this.#remove();
  }

  #add(): Step {
    const { random } = this;
    const options = this.#options();
    if (!random.chance(0.15)) return command('device_add', options);
    const words = Object.entries(options).map(([name, value]) => {
      const word = value.replaceAll('"', '').replaceAll(',', ',,');
      return name === 'driver' ? word : `${name}=${word}`;
    });
    return human(`device_add ${words.join(',')}`);
  }

  /** Names and JSON texts. */
  #options(): Record<string, string> {
    const { random } = this;
    const driver = random.pick(Object.keys(this.catalogue));
    const entry = this.catalogue[driver] ?? {};
    const options: Record<string, string> = { driver: text(driver) };
    if (entry.stays === true) options.id = text(random.pick(STAYING_IDS));
    else if (random.chance(0.85)) options.id = text(random.pick(IDS));
    const { bus: buses = BUSES } = entry;
    const isOrdinary = entry.bus === undefined;
    if (random.chance(isOrdinary ? 0.4 : entry.addresses === undefined ? 0.85 : 1))
      options.bus = text(random.pick(buses.length > 0 ? buses : BUSES));
    if (buses.length === 0 && random.chance(0.95)) delete options.bus;
    if (entry.addresses !== undefined) options.addr = text(random.pick(entry.addresses));
    else if (random.chance(isOrdinary ? 0.5 : 0.1)) options.addr = text(this.#address());
    if (random.chance(0.15)) options.multifunction = random.pick(['true', 'false', '"on"', '1', '"x"']);
    for (const [name, { values, always }] of Object.entries(entry.properties ?? {})) {
      if (!random.chance(always === true ? 0.85 : 0.12)) continue;
      options[name] = random.chance(0.8) ? random.pick(values) : oddValue(random);
    }
    this.#addKnown(driver, options);
    if (random.chance(0.05)) {
      const isAnywhere = entry.addresses === undefined && entry.stays !== true;
      const names = isAnywhere ? ['driver', 'id', 'bus', 'addr', 'nosuch'] : ['nosuch'];
      options[random.pick(names)] = oddValue(random);
    }
    if (random.chance(0.02)) delete options.driver;
    return options;
  }

  /** When a second device is put where a function above 0 is, QEMU ends. */
  #address(): string {
    const address = this.random.pick(ADDRESSES);
    if (!/\.[1-7]$/.test(address)) return address;
    if (this.#functions.has(address)) return 'x';
    this.#functions.add(address);
    return address;
  }

  /** Properties that the driver itself has told of. */
  #addKnown(driver: string, options: Record<string, string>): void {
    const { random } = this;
    const known = this.knowledge.propertiesOfType(driver).filter(({ name }) => !NOT_SET.test(name));
    while (known.length > 0 && random.chance(0.4)) {
      const { name, type } = random.pick(known);
      options[name] = valueFor(random, type);
    }
  }

  #remove(): Step {
    const id = this.#removable();
    return this.random.chance(0.15) && id !== ''
      ? human(`device_del ${id}`)
      : command('device_del', { id: text(id) });
  }

  #removable(): string {
    const { random } = this;
    if (random.chance(0.75)) return random.pick(IDS);
    const odd = this.qom.oddPath();
    if (random.chance(0.2) && !NOT_REMOVED.test(odd)) return odd;
    const devices = this.knowledge.explored.filter(
      path => /\/peripheral(-anon)?\/[^/]+$/.test(path) && !NOT_REMOVED.test(path),
    );
    return devices.length === 0 ? 'nosuch' : random.pick(devices);
  }
}
