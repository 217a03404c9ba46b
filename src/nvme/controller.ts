import { QmpError } from '../base/errors.ts';
import { freeMemory, type MemorySource } from '../memory/memory-source.ts';
import { PciDevice, type PciIdentity } from '../pci/device.ts';
import { at, container, io, memoryBar, msix } from '../pci/layout.ts';
import { powerOfTwoAtLeast } from '../pci/option-rom.ts';
import { drive } from '../qdev/backend-properties.ts';
import {
  BLOCK_PROPERTIES,
  openMedium,
  requireMedium,
  settleBlockSizes,
  settleDiscardGranularity,
} from '../qdev/block-properties.ts';
import { bootindex } from '../qdev/bootindex.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { bool, str, uint8, uint16, uint32 } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import type { TypeInfo } from '../qom/type.ts';
import { UINT8 } from '../qom/visitor.ts';
import { NvmeBus } from './bus.ts';
import { NvmeSubsystem } from './subsystem.ts';

const MAX_QUEUE_PAIRS = 65535;
const MAX_VECTORS = 2048;
const MAX_VIRTUAL_FUNCTIONS = 127;
/** A virtual function needs an administrator's queue pair and one more. */
const LEAST_QUEUES = 2;
const PAGE = 0x1000;
/** Bytes of the two doorbells of a queue pair (NVM Express 1.4, 3.1.16). */
const DOORBELLS = 8;
const MSIX_ENTRY = 16;
const MIB = 2 ** 20;
const LEAST_DISCARD = 4096n;

const serial = str('serial');
const memoryBufferSize = uint32('cmb_size_mb', 0);
const queues = uint32('num_queues', 0);
const queuePairs = uint32('max_ioqpairs', 64);
const vectors = uint16('msix_qsize', 65);
const transferSize = uint8('mdts', 7);
const verifySize = uint8('vsl', 7);
const intelId = bool('use-intel-id', false);
const appendSize = uint8('zoned.zasl', 0);
const virtualFunctions = uint8('sriov_max_vfs', 0);
const flexibleQueues = uint16('sriov_vq_flexible', 0);
const flexibleVectors = uint16('sriov_vi_flexible', 0);
const queuesPerFunction = uint8('sriov_max_vq_per_vf', 0);
const exclusiveMsix = bool('msix-exclusive-bar', false);
const subsystem = new LinkProperty('subsys', 'nvme-subsys');
const persistentMemory = new LinkProperty('pmrdev', 'memory-backend');

/** What the controller warns its host of; may be changed at any time. */
const criticalWarning: Property = {
  name: 'smart_critical_warning',
  type: 'uint8',
  get: object => (object instanceof NvmeController ? object.criticalWarning : 0),
  set: (object, visitor) => {
    const value = Number(visitor.integer('smart_critical_warning', UINT8));
    if (object instanceof NvmeController) object.setCriticalWarning(value);
  },
};
/** Those that are defined (NVM Express 1.4, 5.14.1.2), bit by bit; one is about memory that keeps its contents. */
const CRITICAL_WARNINGS = 0x1f;
const MEMORY_WARNING = 0x20;

/** An NVM Express controller, with its namespaces on a bus of its own or in a subsystem. */
export class NvmeController extends PciDevice {
  #criticalWarning = 0;
  #bus: NvmeBus | undefined;

  override get identity(): PciIdentity {
    const common = { classCode: 0x0108, programmingInterface: 2, revision: 2, interruptPin: 1 };
    return this.value(intelId)
      ? { vendor: 0x8086, device: 0x5845, ...common }
      : { vendor: 0x1b36, device: 0x0010, ...common };
  }

  get nvmSubsystem(): NvmeSubsystem | undefined {
    const found = this.value(subsystem);
    return found instanceof NvmeSubsystem ? found : undefined;
  }

  /** Where its namespaces are. */
  get namespaces(): NvmeBus {
    if (this.#bus === undefined) throw new Error('nvme is not realized');
    return this.nvmSubsystem?.bus ?? this.#bus;
  }

  get criticalWarning(): number {
    return this.#criticalWarning;
  }

  /** @throws QmpError */
  setCriticalWarning(bits: number): void {
    const hasMemory = this.value(persistentMemory) !== undefined;
    const surplus = bits & ~(hasMemory ? CRITICAL_WARNINGS | MEMORY_WARNING : CRITICAL_WARNINGS);
    if (surplus !== 0)
      throw new QmpError(`unsupported smart critical warning bits: 0x${surplus.toString(16)}`);
    this.#criticalWarning = bits;
  }

  protected override onPciRealize(): void {
    const memory = this.#checkParameters();
    if (this.value(drive) !== undefined) settleBlockSizes(this);
    this.#bus = new NvmeBus(this);
    this.nvmSubsystem?.join(this.value(serial) ?? '');
    this.#addRegisters();
    if (this.value(memoryBufferSize) > 0) {
      const size = this.value(memoryBufferSize) * MIB;
      this.plannedBar(memoryBar(2, io('nvme-cmb', size), { prefetch: true, is64: true }));
    }
    if (memory !== undefined) {
      memory.user = this;
      this.onFinalize(() => {
        memory.user = undefined;
      });
      const { region } = memory;
      this.addBar({
        index: 4,
        type: 'memory',
        size: Number(region.size),
        prefetch: true,
        is64: true,
        region,
      });
    }
    if (this.value(drive) === undefined) return;
    // The namespace that a controller with a drive of its own has.
    const medium = requireMedium(this);
    openMedium(this, medium, { fixedSize: true });
    settleDiscardGranularity(this, LEAST_DISCARD);
    this.#bus.take(1);
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
    this.#bus = undefined;
  }

  /** In QEMU's order. @returns the memory that is to keep what is written to it @throws QmpError */
  #checkParameters(): MemorySource | undefined {
    const pairs = this.#settleQueuePairs();
    if (this.value(drive) !== undefined && this.nvmSubsystem !== undefined)
      throw new QmpError("subsystem support is unavailable with legacy namespace ('drive' property)");
    if (pairs < 1 || pairs > MAX_QUEUE_PAIRS)
      throw new QmpError(`max_ioqpairs must be between 1 and ${MAX_QUEUE_PAIRS}`);
    const interrupts = this.value(vectors);
    if (interrupts < 1 || interrupts > MAX_VECTORS)
      throw new QmpError(`msix_qsize must be between 1 and ${MAX_VECTORS}`);
    if (this.value(serial) === undefined) throw new QmpError('serial property not set');
    const memory = memorySource(this);
    if (this.value(appendSize) > this.value(transferSize)) {
      throw new QmpError(
        'zoned.zasl (Zone Append Size Limit) must be less than or equal to mdts (Maximum Data Transfer Size)',
      );
    }
    if (this.value(verifySize) === 0) throw new QmpError('vsl must be non-zero');
    if (this.value(virtualFunctions) > 0) this.#checkVirtualFunctions(memory !== undefined);
    // QEMU ends itself here.
    const buffer = this.value(memoryBufferSize);
    if (buffer > 0 && powerOfTwoAtLeast(buffer) !== buffer)
      throw new QmpError(`cmb_size_mb must be a power of two`);
    return memory;
  }

  #settleQueuePairs(): number {
    const old = this.value(queues);
    if (old > 0) {
      this.system.report('warning: num_queues is deprecated; please use max_ioqpairs instead');
      this.setValue(queuePairs, old - 1);
    }
    return this.value(queuePairs);
  }

  /** What virtual functions would need (PCI Express 4.0, 9); a guest would have to enable them to see any. */
  #checkVirtualFunctions(hasMemory: boolean): void {
    const count = this.value(virtualFunctions);
    if (this.nvmSubsystem === undefined) throw new QmpError('subsystem is required for the use of SR-IOV');
    if (count > MAX_VIRTUAL_FUNCTIONS)
      throw new QmpError(`sriov_max_vfs must be between 0 and ${MAX_VIRTUAL_FUNCTIONS}`);
    if (this.value(memoryBufferSize) > 0) throw new QmpError('CMB is not supported with SR-IOV');
    if (hasMemory) throw new QmpError('PMR is not supported with SR-IOV');
    const [queueCount, vectorCount] = [this.value(flexibleQueues), this.value(flexibleVectors)];
    if (queueCount === 0 || vectorCount === 0) {
      throw new QmpError('both sriov_vq_flexible and sriov_vi_flexible must be set for the use of SR-IOV');
    }
    if (queueCount < count * LEAST_QUEUES) {
      const least = count * LEAST_QUEUES;
      throw new QmpError(
        `sriov_vq_flexible must be greater than or equal to ${least} (sriov_max_vfs * ${LEAST_QUEUES})`,
      );
    }
    if (this.value(queuePairs) < queueCount + LEAST_QUEUES) {
      throw new QmpError(
        `(max_ioqpairs - sriov_vq_flexible) must be greater than or equal to ${LEAST_QUEUES}`,
      );
    }
    if (vectorCount < count) {
      throw new QmpError(`sriov_vi_flexible must be greater than or equal to ${count} (sriov_max_vfs)`);
    }
    if (this.value(vectors) < vectorCount + 1)
      throw new QmpError('(msix_qsize - sriov_vi_flexible) must be greater than or equal to 1');
    const each = this.value(queuesPerFunction);
    if (each > 0 && each < LEAST_QUEUES) {
      throw new QmpError(
        `sriov_max_vq_per_vf must meet: (sriov_max_vq_per_vf - 1) % 1 == 0 and sriov_max_vq_per_vf >= ${LEAST_QUEUES}`,
      );
    }
  }

  /** BAR 0: registers and doorbells, then, unless it has a BAR of its own, MSI-X. */
  #addRegisters(): void {
    const doorbells = (this.value(queuePairs) + 1) * DOORBELLS;
    const registers = PAGE + pages(doorbells);
    const count = this.value(vectors);
    if (this.value(exclusiveMsix)) {
      this.plannedBar(memoryBar(0, io('nvme', powerOfTwoAtLeast(registers)), { is64: true }));
      const pendingAt = Math.max(PAGE / 2, count * MSIX_ENTRY);
      const size = powerOfTwoAtLeast(Math.max(PAGE, pendingAt + Math.ceil(count / 64) * 8));
      this.plannedBar(memoryBar(4, container('nvme-msix', size, ...msix(count, 0, pendingAt))));
      return;
    }
    const pendingAt = registers + pages(count * MSIX_ENTRY);
    const size = powerOfTwoAtLeast(pendingAt + Math.ceil(count / 64) * 8);
    const parts = [at(0, io('nvme', registers)), ...msix(count, registers, pendingAt)];
    this.plannedBar(memoryBar(0, container('nvme-bar0', size, ...parts), { is64: true }));
  }
}

/** Rounded up to whole pages, bytes. */
function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE) * PAGE;
}

function memorySource(device: NvmeController): MemorySource | undefined {
  const backend = device.value(persistentMemory);
  if (backend === undefined) return undefined;
  const memory = freeMemory(backend);
  if ((memory.size & (memory.size - 1n)) !== 0n)
    throw new QmpError('pmr backend size needs to be power of 2 in size');
  return memory;
}

export const NVME_CONTROLLER_TYPES: readonly TypeInfo[] = [
  {
    name: 'nvme',
    parent: 'pci-device',
    interfaces: ['pci-express-device'],
    properties: [
      ...BLOCK_PROPERTIES,
      persistentMemory,
      legacyText('pmrdev'),
      subsystem,
      legacyText('subsys'),
      serial,
      memoryBufferSize,
      queues,
      queuePairs,
      vectors,
      uint8('aerl', 3),
      uint32('aer_max_queued', 64),
      transferSize,
      verifySize,
      intelId,
      bool('legacy-cmb', false),
      bool('ioeventfd', false),
      appendSize,
      bool('zoned.auto_transition', true),
      virtualFunctions,
      flexibleQueues,
      flexibleVectors,
      uint8('sriov_max_vi_per_vf', 0),
      queuesPerFunction,
      exclusiveMsix,
      criticalWarning,
      bootindex,
    ],
    create: type => new NvmeController(type),
    class: {
      description: 'Non-Volatile Memory Express',
      category: 'storage',
      media: 'silent',
      unsavedState: 'nvme',
    },
  },
];
