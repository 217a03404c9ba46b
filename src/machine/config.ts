import type { Clock } from '../base/clock.ts';
import type { JsonValue } from '../base/json.ts';
import type { Tracer } from '../base/trace.ts';
import type { GuestControl } from '../guest/control.ts';
import type { Host } from '../host/host.ts';
import type { TypeInfo } from '../qom/type.ts';
import type { UserGlobal } from '../qom/user-globals.ts';
import type { MemoryLayout } from './memory-size.ts';
import type { Topology } from './topology.ts';

export type Accelerator = 'tcg' | 'kvm' | 'qtest';

/** An object to create, its values of the types that its properties have. */
export interface ObjectSpec {
  readonly type: string;
  readonly id: string;
  readonly properties: ReadonlyMap<string, JsonValue>;
}

/** What distinguishes one machine from another of its type. */
export interface MachineConfig {
  /** The machine type in full, e.g. `pseries-7.2`. */
  readonly type: string;
  /** In order of preference: the first that the host can give is used. */
  readonly accelerators: readonly Accelerator[];
  /** Which interrupt controllers KVM has in the kernel: all by default. */
  readonly kernelIrqchip?: 'on' | 'off' | 'split' | undefined;
  /** Memory at start, and what can be plugged. */
  readonly memory: MemoryLayout;
  /** Whether the size at start is the user's wish; if not, it is that of the backend that is named. */
  readonly isMemoryGiven: boolean;
  readonly topology: Topology;
  /** The processor as the user calls it; undefined for the machine's default. */
  readonly cpuModel?: string | undefined;
  /** Machine properties as given by the user, in order. */
  readonly properties: readonly (readonly [name: string, value: string])[];
  /** What the user wants devices to begin with. */
  readonly globals?: readonly UserGlobal[] | undefined;
  /** What the user creates before the machine's own parts, in order. */
  readonly objects?: readonly ObjectSpec[] | undefined;
  /** The operating system inside, and how it behaves. */
  readonly guest: GuestControl;
  /** Wait for `cont` before the guest starts. */
  readonly paused: boolean;
  /** Stay after the guest has switched off. */
  readonly noShutdown: boolean;
  /** Switch off instead of resetting. */
  readonly noReboot: boolean;
  readonly name?: string | undefined;
  /** Canonical text form. */
  readonly uuid?: string | undefined;
}

/** What a machine lives in. */
export interface MachineEnvironment {
  /** Who listens to trace points already; by default what is switched on later is told to `report`. */
  readonly trace?: Tracer | undefined;
  readonly host: Host;
  readonly clock: Clock;
  /** The emulated devices that users may add, or what brings them once somebody asks for types. */
  readonly deviceTypes: readonly TypeInfo[] | (() => Promise<readonly TypeInfo[]>);
  /** Takes the lines that QEMU prints on stderr. */
  readonly report: (line: string) => void;
}
