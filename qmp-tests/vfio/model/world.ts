import assert from 'node:assert/strict';
import { Host } from '../../../src/host/host.ts';
import { HardwareError, QmpError } from '../../../src/index.ts';
import { type Arguments, CommandError, type CommandName, type Returns } from '../../helpers/wire.ts';
import { assertAccelerated, assertNothingHeld } from '../soundness.ts';
import { FaultHits } from './fault-hits.ts';
import { type Kind, optionsOf, type Surroundings } from './kinds.ts';
import { Member } from './member.ts';
import { mayEnd } from './reasons.ts';
import { assertUnchanged, snapshotOf } from './snapshot.ts';
import { stateOf } from './state.ts';
import type { Outcome, Tally } from './tally.ts';

/** Operations whose failure makes host and guest differ. */
const MAPPING_OPERATIONS: readonly string[] = ['VFIO_IOMMU_MAP_DMA', 'VFIO_IOMMU_UNMAP_DMA'];
const UNREGISTER = 'VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY';
const REMOVE_WINDOW = 'VFIO_IOMMU_SPAPR_TCE_REMOVE';
/** How often a client's own questions are put, too. */
const AUDIT_EVERY = 16;
/** Longer than any guest, or port, takes for anything. */
const LONG_NS = 20_000_000_000;

export interface Expectation<Result> {
  /** Whether an answer means that nothing was done. */
  readonly isRefusal?: (result: Result) => boolean;
  /** Notes for the model what was done. */
  readonly note?: () => void;
}

/** What the stories of one kind have in common. */
export interface Chronicle {
  readonly kind: Kind;
  readonly tally: Tally;
  /** All that can be asked of machines where nothing ever happened, by what they are. */
  readonly untouched: Map<string, unknown>;
}

/** A host and the machines on it, whose every step is checked. */
export class World {
  readonly members: Member[] = [];
  #host: Host;
  #steps = 0;
  /** Machines whose tables may not be where they would be after a reset: in the kernel, or not. */
  readonly #unsettledTables = new Set<Member>();
  /** Machines of whose groups KVM may not know. */
  readonly #unsettledGroups = new Set<Member>();

  private constructor(
    private readonly chronicle: Chronicle,
    private readonly surroundings: Surroundings,
  ) {
    this.#host = this.#makeHost();
  }

  static async start(chronicle: Chronicle, surroundings: Surroundings): Promise<World> {
    const world = new World(chronicle, surroundings);
    for (let number = 0; number < surroundings.machines; number++) await world.#addMember(number);
    return world;
  }

  get kind(): Kind {
    return this.chronicle.kind;
  }

  get host(): Host {
    return this.#host;
  }

  #makeHost(): Host {
    const { host, memlock } = this.surroundings;
    const inventory = this.kind.hosts[host];
    assert(inventory !== undefined);
    return new Host({ ...inventory, memlock });
  }

  async #addMember(at: number): Promise<void> {
    const options = { ...optionsOf(this.kind, this.surroundings), host: this.host };
    const member = new Member(options, this.surroundings.isTraced);
    await member.prepareModules();
    this.members[at] = member;
  }

  note(command: string, outcome: Outcome): void {
    const hasDevices = this.members.some(({ machine }) => machine.vfio.containers.length > 0);
    this.chronicle.tally.note(command, outcome, hasDevices);
  }

  member(choice: number): Member {
    const member = this.members[choice % this.members.length];
    assert(member !== undefined);
    return member;
  }

  /**
   * Does a command, and checks that a refusal changes nothing and that all is well afterwards.
   * @returns undefined if it was refused, or the machine has ended
   */
  async execute<Name extends CommandName>(
    member: Member,
    name: Name,
    args?: Arguments<Name>,
    { isRefusal, note }: Expectation<Returns<Name>> = {},
  ): Promise<Returns<Name> | undefined> {
    const before = name === 'x-hcall' ? undefined : this.#snapshot();
    const reports = this.members.map(({ test }) => test.reports.length);
    const hits = FaultHits.of(this.host);
    const { kvmCapabilities } = this.host;
    const ids = this.members.map(each => each.ids);
    let result: Returns<Name> | undefined;
    let refusal = '';
    try {
      result = await member.test.execute(name, args);
      if (isRefusal?.(result) === true) refusal = JSON.stringify(result);
    } catch (error) {
      if (error instanceof HardwareError) return await this.#replace(member, hits, error);
      if (!(error instanceof CommandError)) throw error;
      refusal = error.message;
    }
    // What one machine's command made the host ask of another.
    for (const { test } of this.members) test.settle();
    for (const each of this.members) if (each.ended) return await this.#replace(each, hits);
    for (const each of this.members) each.follow();
    if (refusal === '') note?.();
    const failures = FaultHits.of(this.host).since(hits);
    this.#check(reports, failures);
    if (failures.areKvms || this.host.kvmCapabilities !== kvmCapabilities) this.#kvmChanged();
    else this.#settle(member, name === 'system_reset');
    this.#checkAcceleration();
    for (const [i, each] of this.members.entries()) checkDeletions(each, ids[i] ?? []);
    if (refusal !== '' && before !== undefined) assertUnchanged(before, this.#snapshot(), refusal);
    if (++this.#steps % AUDIT_EVERY === 0) await this.#audit();
    return refusal === '' ? result : undefined;
  }

  #snapshot() {
    return snapshotOf(
      this.host,
      this.members.map(({ machine }) => machine),
      number => {
        const member = this.member(number);
        return { tables: !this.#unsettledTables.has(member), groups: !this.#unsettledGroups.has(member) };
      },
    );
  }

  /** The kernel can do more or less than it did, or has failed. */
  #kvmChanged(): void {
    for (const member of this.members) {
      this.#unsettledTables.add(member);
      this.#unsettledGroups.add(member);
    }
  }

  /** Tables begin anew with a reset; and what KVM has of groups, when there are none. */
  #settle(member: Member, isReset: boolean): void {
    if (isReset) this.#unsettledTables.delete(member);
    if (member.machine.vfio.containers.length === 0) this.#unsettledGroups.delete(member);
  }

  #checkAcceleration(): void {
    for (const member of this.members) {
      const isSettled = !this.#unsettledTables.has(member);
      if (member.tables !== undefined && isSettled) assertAccelerated(member.pseries);
    }
  }

  #check(reports: readonly number[], failures: FaultHits): void {
    for (const [op, count] of failures.counts) this.chronicle.tally.noteFailures(op, count);
    for (const [i, member] of this.members.entries()) {
      member.check({
        told: member.test.reports.slice(reports[i]),
        failed: MAPPING_OPERATIONS.some(op => failures.has(op)),
        stillRegistered: failures.has(UNREGISTER),
        windowsLeft: failures.has(REMOVE_WINDOW),
      });
    }
  }

  async #audit(): Promise<void> {
    for (const member of this.members) await member.checkAudit();
  }

  /** A hardware error: the host has everything back, and another machine takes the place of the one that has ended. */
  async #replace(member: Member, hits: FaultHits, error?: HardwareError): Promise<undefined> {
    const { end } = member.machine;
    assert.match(end?.message ?? '', /^vfio: (DMA mapping|Memory registering) failed, unable to continue$/);
    assert.equal(end?.cause, 'hardware-error');
    if (error !== undefined) assert.equal(error.message, end.message);
    const hasFailed = !FaultHits.of(this.host).since(hits).isEmpty;
    assert(mayEnd(member, this.host, hasFailed), `ended without reason: ${member.test.reports.at(-1)}`);
    assertNothingHeld(member.machine);
    member.test.close();
    const at = this.members.indexOf(member);
    try {
      await this.#addMember(at);
    } catch (failure) {
      if (!(failure instanceof QmpError)) throw failure;
      // The host does not give a group that a bridge is for, or the KVM that it had: all begins anew.
      for (const other of this.members) {
        if (other === member) continue;
        other.test.close();
        assertNothingHeld(other.machine);
      }
      assert.equal(this.host.processes.size, 0);
      this.#host = this.#makeHost();
      for (const number of this.members.keys()) await this.#addMember(number);
    }
    this.#kvmChanged();
    return undefined;
  }

  /** The host is to be as it was at the start, as soon as nobody uses what is to go. */
  async #restoreHost(): Promise<void> {
    const { host } = this;
    const member = this.member(0);
    for (const { id } of host.faults.list()) await this.execute(member, 'x-host-fault-remove', { id });
    const { memlock = null } = this.surroundings;
    const { kvm = null } = host.inventory;
    await this.execute(member, 'x-host-set', { memlock, kvm: kvm === null ? null : [...kvm] });
    await this.restoreDevices(member);
  }

  /** Every device of the host gets the driver back that it had at the start. @returns how many were changed */
  async restoreDevices(member: Member): Promise<number> {
    const changed = this.host.devices.filter(({ facts, driver, present, nextDriver }) => {
      return !present || driver !== facts.driver || nextDriver !== undefined;
    });
    for (const { address: device, facts } of changed)
      await this.execute(member, 'x-host-set', { device, present: true, driver: facts.driver ?? null });
    return changed.length;
  }

  /** Takes everything away that came after the start, and compares with machines where nothing ever did. */
  async end(): Promise<void> {
    await this.#restoreHost();
    for (const number of this.members.keys()) await this.#clean(number);
    await this.#audit();
    for (const member of this.members) {
      assert.deepEqual(member.mismatches, []);
      assert.deepEqual(await stateOf(member), await this.#untouchedState(member));
    }
    for (const { test, machine } of this.members) {
      test.close();
      assertNothingHeld(machine);
    }
    for (const { container, file } of this.host.groups) assert(container === undefined && file === undefined);
    assert.equal(this.host.processes.size, 0);
  }

  /** @param number the machine's: one that does not survive it is replaced */
  async #clean(number: number): Promise<void> {
    const own = new Set((this.kind.options.devices ?? []).map(({ id }) => id));
    const member = () => this.member(number);
    const additions = () => member().ids.filter(id => !own.has(id));
    const manners = { unplug: 'accept', 'delay-ms': 0 } as const;
    await this.execute(member(), 'x-guest-set', { model: 'linux', iommu: 'off', ...manners });
    for (const device of [...member().machine.config.guest.exceptions.keys()])
      await this.execute(member(), 'x-guest-set', { device, ...manners });
    for (let round = 0; round < 2; round++) {
      await this.reset(member());
      await this.execute(member(), 'cont');
      for (const id of additions()) await this.execute(member(), 'device_del', { id });
      await this.execute(member(), 'x-clock-step', { ns: LONG_NS });
    }
    await this.reset(member());
    assert.deepEqual(additions(), []);
  }

  /** The machine is reset: all of the guest's tables are empty, and nothing translates before the guest asks for it. */
  async reset(member: Member): Promise<void> {
    member.forgetTables();
    if ((await this.execute(member, 'system_reset')) === undefined) return;
    const { guestPlatform: platform, config } = member.machine;
    if (platform.kind === 'pc' && config.guest.iommu === 'off')
      assert(platform.remapping()?.translation !== true, 'translation is on after a reset');
  }

  async #untouchedState({ machine: { accelerator } }: Member): Promise<unknown> {
    const { untouched } = this.chronicle;
    const key = JSON.stringify([this.surroundings, accelerator], (_, value) =>
      typeof value === 'bigint' ? value.toString() : value,
    );
    const known = untouched.get(key);
    if (known !== undefined) return known;
    const options = optionsOf(this.kind, this.surroundings);
    const member = new Member({ ...options, accelerators: [accelerator], host: this.#makeHost() }, false);
    const state = await stateOf(member);
    member.test.close();
    untouched.set(key, state);
    return state;
  }
}

/** Whoever goes is announced, once, and nobody else. */
function checkDeletions({ test, ids }: Member, before: readonly string[]): void {
  const deleted = test.drainEvents().flatMap(event => {
    const isDeletion = event.event === 'DEVICE_DELETED' && 'device' in event.data;
    return isDeletion ? [event.data.device ?? ''] : [];
  });
  const gone = before.filter(id => !ids.includes(id));
  assert.deepEqual(deleted.sort(), gone.sort(), 'DEVICE_DELETED');
}
