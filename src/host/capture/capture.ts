import type { KvmCapability, ReservedKind } from '../inventory.ts';
import type { FileDevice, FileGroup, InventoryFile } from '../inventory-file.ts';
import { captureIommu } from './iommu.ts';
import { captureDevice } from './pci-device.ts';
import { SysfsFolder } from './sysfs.ts';

/** Where a running kernel shows what there is. */
export interface Sources {
  /** `/sys`, and `/proc` for the limits of this process. */
  readonly sysfs: string;
  readonly proc: string;
}

const POWER_KVM: readonly KvmCapability[] = ['spapr-tce', 'spapr-tce-64', 'spapr-multitce', 'spapr-vfio'];
/** Others are in domains that nobody can name to an emulator. */
const ADDRESS = /^[0-9a-f]{4}:/;
const RESERVED_KINDS: readonly ReservedKind[] = ['direct', 'direct-relaxable', 'reserved', 'msi'];

/** Writes down a live host as an inventory file. What the kernel does not show gets the file's default. */
export function captureHost({ sysfs, proc }: Sources): InventoryFile {
  const top = new SysfsFolder(sysfs);
  const devices = top.folder('bus/pci/devices');
  const byGroup = new Map<number | undefined, FileDevice[]>();
  for (const address of devices.names.filter(name => ADDRESS.test(name))) {
    const folder = devices.folder(address);
    const link = folder.linkName('iommu_group');
    const group = link === undefined ? undefined : Number(link);
    byGroup.set(group, [...(byGroup.get(group) ?? []), captureDevice(address, folder)]);
  }
  const ungrouped = byGroup.get(undefined) ?? [];
  const groups = [...byGroup]
    .flatMap(([id, members]) => (id === undefined ? [] : [groupOf(top, id, members)]))
    .sort((a, b) => a.id - b.id);
  return {
    description: describe(top),
    ...captureIommu(top),
    ...mappingLimit(top),
    memlock: memlockLimit(new SysfsFolder(proc)),
    kvm: kvmCapabilities(top),
    groups,
    ...(ungrouped.length === 0 ? {} : { 'ungrouped-devices': ungrouped }),
  };
}

function groupOf(top: SysfsFolder, id: number, devices: readonly FileDevice[]): FileGroup {
  const text = top.folder(`kernel/iommu_groups/${id}`).text('reserved_regions') ?? '';
  const reserved = text.split('\n').flatMap(line => {
    const [first = '', last = '', word = ''] = line.split(' ');
    const kind = RESERVED_KINDS.find(each => each === word);
    return kind === undefined ? [] : [{ first: shorten(first), last: shorten(last), kind }];
  });
  return { id, ...(reserved.length === 0 ? {} : { reserved }), devices };
}

/** Without leading zeros. */
function shorten(hex: string): string {
  return `0x${BigInt(hex).toString(16)}`;
}

function describe(top: SysfsFolder): string {
  const model = top.text('class/dmi/id/product_name') ?? top.text('firmware/devicetree/base/model');
  // Strings of the device tree end in a zero byte.
  return `Captured from ${model?.replace(/\0+$/, '') || 'a live host'}`;
}

function mappingLimit(top: SysfsFolder): Pick<InventoryFile, 'mapping-limit'> {
  const limit = top.number('module/vfio_iommu_type1/parameters/dma_entry_limit');
  return limit === undefined ? {} : { 'mapping-limit': limit };
}

/** What a process started from here may lock, bytes; null for no limit. */
function memlockLimit(proc: SysfsFolder): string | null {
  const [, soft] = /^Max locked memory +(\S+)/m.exec(proc.text('self/limits') ?? '') ?? [];
  return soft === undefined || soft === 'unlimited' ? null : `0x${BigInt(soft).toString(16)}`;
}

function kvmCapabilities(top: SysfsFolder): readonly KvmCapability[] | null {
  if (top.has('module/kvm_hv') || top.has('module/kvm_pr')) return POWER_KVM;
  return top.has('module/kvm') ? [] : null;
}
