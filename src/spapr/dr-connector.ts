import type { JsonValue } from '../base/json.ts';
import { PciDevice } from '../pci/device.ts';
import { Device } from '../qdev/device.ts';
import type { QomObject } from '../qom/object.ts';
import { linkProperty, type Property } from '../qom/property.ts';
import type { TypeInfo } from '../qom/type.ts';
import { type DeviceTreeNode, toJson, type WalkStep, walk } from './device-tree/node.ts';
import type { SpaprMachine } from './machine.ts';

/** Kinds of connectors and their numbers in a connector's index (PAPR 2.7, 13.5.2: DRC types). */
export const DRC_TYPE_NUMBER = { cpu: 1, phb: 2, vio: 3, pci: 4, lmb: 8, pmem: 9 } as const;
export type DrcType = keyof typeof DRC_TYPE_NUMBER;

/** A connector's index: type number and id (PAPR 2.7, 13.5.2). @param id below 2^28 */
export function drcIndexOf(type: DrcType, id: number): number {
  return ((DRC_TYPE_NUMBER[type] << 28) | id) >>> 0;
}

/** Status words of the RTAS calls on connectors (PAPR 2.7, 13.5.3). */
export const RTAS_SUCCESS = 0;
export const RTAS_HARDWARE_ERROR = -1;
export const RTAS_PARAMETER_ERROR = -3;
export const RTAS_NO_SUCH_INDICATOR = -3;

/** What a connector senses of its place (sensor 9003). */
export const ENTITY_EMPTY = 0;
export const ENTITY_PRESENT = 1;
export const ENTITY_UNUSABLE = 2;

/** `ibm,configure-connector`: what comes next in the walk of a device's tree. */
export const CONFIGURE_DONE = 0;
export const CONFIGURE_NEXT_CHILD = 2;
export const CONFIGURE_NEXT_PROPERTY = 3;
export const CONFIGURE_PREVIOUS_PARENT = 4;
export const CONFIGURE_UNUSABLE = -9003;

export type DrcState = 'power-on' | 'unusable' | 'available' | 'unisolated' | 'configured';

/**
 * A dynamic reconfiguration connector: the place of one hot-pluggable thing, through which guest and
 * machine agree on its coming and going (PAPR 2.7, chapter 13).
 */
export abstract class DrConnector extends Device {
  abstract readonly drcType: DrcType;
  /** State without a device, and the one in which a guest uses its device. */
  protected abstract readonly emptyState: DrcState;
  #state: DrcState | undefined;
  #device: Device | undefined;
  #unplugRequested = false;
  /** What the guest is told of the device, once it has asked. */
  #tree: DeviceTreeNode | undefined;
  /** Progress of `ibm,configure-connector`; undefined outside a walk. */
  #walk: Iterator<WalkStep> | undefined;

  constructor(
    owner: QomObject,
    typeName: string,
    /** Unique among connectors of its type. */
    readonly drcId: number,
    protected readonly machine: SpaprMachine,
    drcType: DrcType,
  ) {
    super(owner.type.registry.require(typeName));
    this.index = drcIndexOf(drcType, drcId);
    owner.addChild(`dr-connector[${this.index}]`, this);
  }

  /** By which the guest names it: type number and id. */
  readonly index: number;

  get state(): DrcState {
    return this.#state ?? this.emptyState;
  }

  protected set state(state: DrcState) {
    this.#state = state;
  }

  /** Host bridges let go of them at once, bridges when they are gone themselves. */
  override get lingers(): boolean {
    return this.parent instanceof PciDevice && super.lingers;
  }

  get device(): Device | undefined {
    return this.#device;
  }

  get unplugRequested(): boolean {
    return this.#unplugRequested;
  }

  protected set unplugRequested(requested: boolean) {
    this.#unplugRequested = requested;
  }

  attach(device: Device): void {
    this.machine.trace.point('spapr_drc_attach', this.index);
    this.#device = device;
    this.addProperty(linkProperty('device', device.type.name, () => device));
  }

  /** Forgets its device without taking it away, for a plug that is undone or an owner that goes. */
  detach(): void {
    this.#device = undefined;
    this.#unplugRequested = false;
    this.#tree = undefined;
    this.endWalk();
    this.removeProperty('device');
  }

  /**
   * Marks the device for removal. It goes at once if the guest never took it into use, else when the
   * guest lets go or the machine is reset.
   */
  requestUnplug(): void {
    const { trace } = this.machine;
    trace.point('spapr_drc_unplug_request', this.index);
    this.#unplugRequested = true;
    if (this.state === this.emptyState) this.release();
    else trace.point('spapr_drc_awaiting_quiesce', this.index);
  }

  /** The guest refuses: the request is forgotten and the client told. */
  protected cancelUnplug(): void {
    this.#unplugRequested = false;
    const device = this.#device;
    if (device !== undefined) this.machine.unplugRefused(device);
  }

  /** Takes the device away. */
  protected release(): void {
    const device = this.#device;
    this.detach();
    device?.remove();
  }

  /** Machine reset: what was to go is gone, what is there is in use. */
  override onReset(): void {
    this.endWalk();
    if (this.#unplugRequested) this.release();
    this.state = this.#device === undefined ? this.emptyState : 'configured';
  }

  /** RTAS `set-indicator` 9001 with 0. @returns RTAS status */
  abstract isolate(): number;
  /** RTAS `set-indicator` 9001 with 1. */
  abstract unisolate(): number;
  /** RTAS `set-indicator` 9003. */
  abstract setAllocation(usable: boolean): number;
  /** RTAS `get-sensor-state` 9003. */
  abstract get entitySense(): number;

  /**
   * One step of `ibm,configure-connector`.
   * @param describe makes the tree that is walked through
   * @returns what the guest is told now; a status word where that is nothing
   */
  configure(describe: () => DeviceTreeNode): WalkStep | number {
    if (this.#device === undefined || (this.state !== 'unisolated' && this.state !== 'configured')) {
      return CONFIGURE_UNUSABLE;
    }
    this.#tree ??= describe();
    this.#walk ??= walk(this.#tree);
    const step = this.#walk.next();
    if (step.done !== true) return step.value;
    this.#walk = undefined;
    this.state = 'configured';
    this.machine.trace.point('spapr_drc_set_configured', this.index);
    return CONFIGURE_DONE;
  }

  /** What the guest was told, values as lists of bytes. */
  get fdt(): JsonValue {
    return this.#tree === undefined ? null : toJson(this.#tree);
  }

  protected endWalk(): void {
    this.#walk = undefined;
  }
}

/** A connector of something that is plugged with hands, as a PCI slot's function. */
export class PciDrConnector extends DrConnector {
  readonly drcType = 'pci';
  protected readonly emptyState = 'power-on';

  constructor(owner: QomObject, drcId: number, machine: SpaprMachine) {
    super(owner, 'spapr-drc-pci', drcId, machine, 'pci');
  }

  isolate(): number {
    if (this.state === 'unisolated') return RTAS_PARAMETER_ERROR;
    this.state = 'power-on';
    this.endWalk();
    if (this.unplugRequested) {
      this.machine.trace.point('spapr_drc_set_isolation_state_finalizing', this.index);
      this.release();
    }
    return RTAS_SUCCESS;
  }

  unisolate(): number {
    if (this.device === undefined) return RTAS_NO_SUCH_INDICATOR;
    if (this.state === 'power-on') {
      this.state = 'unisolated';
      this.endWalk();
    }
    return RTAS_SUCCESS;
  }

  /** Physical things are always allocated. */
  setAllocation(): number {
    return RTAS_PARAMETER_ERROR;
  }

  get entitySense(): number {
    return this.device === undefined ? ENTITY_EMPTY : ENTITY_PRESENT;
  }
}

/** A connector of something that firmware hands out: a host bridge, a processor, a block of memory. */
export class LogicalDrConnector extends DrConnector {
  protected readonly emptyState = 'unusable';

  constructor(
    owner: QomObject,
    readonly drcType: Exclude<DrcType, 'pci'>,
    drcId: number,
    machine: SpaprMachine,
  ) {
    super(owner, `spapr-drc-${drcType}`, drcId, machine, drcType);
  }

  isolate(): number {
    if (this.state === 'unusable') return RTAS_NO_SUCH_INDICATOR;
    if (this.state !== 'available') this.state = 'available';
    this.endWalk();
    return RTAS_SUCCESS;
  }

  unisolate(): number {
    if (this.state === 'unusable') return RTAS_NO_SUCH_INDICATOR;
    // A guest that takes the thing back into use while it is to go, refuses.
    if (this.unplugRequested) this.cancelUnplug();
    if (this.state === 'available') this.state = 'unisolated';
    return RTAS_SUCCESS;
  }

  setAllocation(usable: boolean): number {
    if (usable) {
      if (this.device === undefined) return RTAS_NO_SUCH_INDICATOR;
      if (this.unplugRequested) this.cancelUnplug();
      if (this.state === 'unusable') this.state = 'available';
      return RTAS_SUCCESS;
    }
    if (this.state !== 'available' && this.state !== 'unusable') return RTAS_NO_SUCH_INDICATOR;
    this.state = 'unusable';
    if (this.unplugRequested) {
      this.machine.trace.point('spapr_drc_set_allocation_state_finalizing', this.index);
      this.release();
    }
    return RTAS_SUCCESS;
  }

  get entitySense(): number {
    return this.state === 'unusable' ? ENTITY_UNUSABLE : ENTITY_PRESENT;
  }
}

function onConnector(read: (connector: DrConnector) => JsonValue): (object: QomObject) => JsonValue {
  return object => (object instanceof DrConnector ? read(object) : null);
}

const CONNECTOR_PROPERTIES: readonly Property[] = [
  { name: 'id', type: 'uint32', get: onConnector(connector => connector.drcId) },
  { name: 'index', type: 'uint32', get: onConnector(connector => connector.index) },
  { name: 'fdt', type: 'struct', get: onConnector(connector => connector.fdt) },
];

export const DR_CONNECTOR_TYPES: readonly TypeInfo[] = [
  {
    name: 'spapr-dr-connector',
    parent: 'device',
    abstract: true,
    instanceProperties: CONNECTOR_PROPERTIES,
    class: { userCreatable: false },
  },
  { name: 'spapr-drc-physical', parent: 'spapr-dr-connector', abstract: true },
  { name: 'spapr-drc-pci', parent: 'spapr-drc-physical' },
  { name: 'spapr-drc-logical', parent: 'spapr-dr-connector', abstract: true },
  { name: 'spapr-drc-cpu', parent: 'spapr-drc-logical' },
  { name: 'spapr-drc-lmb', parent: 'spapr-drc-logical' },
  { name: 'spapr-drc-phb', parent: 'spapr-drc-logical' },
  { name: 'spapr-drc-pmem', parent: 'spapr-drc-logical' },
];
