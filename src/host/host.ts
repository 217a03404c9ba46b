import { HostError } from '../base/errors.ts';
import { FaultInjector } from './faults.ts';
import { HostDevice } from './host-device.ts';
import type { HostInventory, KvmCapability } from './inventory.ts';
import { IommuGroup } from './iommu-group.ts';
import { HostProcess } from './process.ts';

/**
 * A host: the kernel side of VFIO and KVM, and the devices below it. Several machines may run on one;
 * each is a process, and a group taken by one is busy for the others.
 */
export class Host {
  readonly faults = new FaultInjector();
  readonly #groups: ReadonlyMap<number, IommuGroup>;
  readonly #devices: ReadonlyMap<string, HostDevice>;
  readonly #processes = new Set<HostProcess>();
  #memlock: bigint | undefined;
  #kvmCapabilities: ReadonlySet<KvmCapability> | undefined;

  /** @param inventory what the host starts with; it is not changed */
  constructor(readonly inventory: HostInventory) {
    const groups = inventory.groups.map(group => new IommuGroup(group));
    const ungrouped = inventory.ungroupedDevices.map(device => new HostDevice(device, undefined));
    const devices = [...groups.flatMap(group => group.devices), ...ungrouped];
    this.#groups = new Map(groups.map(group => [group.id, group]));
    this.#devices = new Map(devices.map(device => [device.address, device]));
    this.#memlock = inventory.memlock;
    this.kvmCapabilities = inventory.kvm;
  }

  /** @param name for queries */
  createProcess(name = 'qemu'): HostProcess {
    const process = new HostProcess(this, name);
    this.#processes.add(process);
    return process;
  }

  /** Called by a process that ends. */
  removeProcess(process: HostProcess): void {
    this.#processes.delete(process);
  }

  get processes(): ReadonlySet<HostProcess> {
    return this.#processes;
  }

  /** Ascending by number. */
  get groups(): readonly IommuGroup[] {
    return [...this.#groups.values()].sort((a, b) => a.id - b.id);
  }

  group(id: number): IommuGroup | undefined {
    return this.#groups.get(id);
  }

  /** All devices, those of groups first. */
  get devices(): readonly HostDevice[] {
    return [...this.#devices.values()];
  }

  /** @param address `DDDD:BB:DD.F` */
  device(address: string): HostDevice | undefined {
    return this.#devices.get(address);
  }

  /** Bytes each process may lock (RLIMIT_MEMLOCK); `undefined` is no limit. A lower one takes nothing back. */
  get memlock(): bigint | undefined {
    return this.#memlock;
  }

  set memlock(bytes: bigint | undefined) {
    this.#memlock = bytes;
  }

  /** `undefined`: no KVM. Virtual machines that exist see a change at their next look. */
  get kvmCapabilities(): ReadonlySet<KvmCapability> | undefined {
    return this.#kvmCapabilities;
  }

  set kvmCapabilities(capabilities: Iterable<KvmCapability> | undefined) {
    this.#kvmCapabilities = capabilities === undefined ? undefined : new Set(capabilities);
  }

  /**
   * Unbinds a device from its driver and binds it to another, at once or as soon as its users let it go, who are
   * asked to.
   * @param driver `undefined` leaves it without one
   * @throws ENODEV for an unknown device
   */
  rebind(address: string, driver: string | undefined): void {
    const device = this.device(address);
    if (device === undefined) throw new HostError('ENODEV', 'rebind');
    device.rebind(driver);
  }
}
