import type { HostInventory } from './inventory.ts';
import { inventoryFromFile } from './inventory-file.ts';

/**
 * The host below x86 machines unless another is given: a workstation with VT-d, and the same cards as the
 * built-in POWER8 host has.
 */
export const BUILTIN_X86_INVENTORY: HostInventory = inventoryFromFile({
  description: 'x86 with VT-d',
  iommu: 'type1',
  'page-sizes': [0x1000, 0x200000, 0x40000000],
  memlock: 16 * 2 ** 30,
  kvm: [],
  groups: [
    {
      id: 1,
      devices: [
        {
          address: '0000:01:00.0', // TUSB73x0 SuperSpeed USB 3.0 xHCI
          vendor: 0x104c,
          device: 0x8241,
          'subsystem-vendor': 0x104c,
          'subsystem-device': 0x8241,
          class: 0x0c0330,
          revision: 2,
          bars: [
            { index: 0, size: 0x10000, type: 'mem64' },
            { index: 2, size: 0x2000, type: 'mem64' },
          ],
          capabilities: ['pm', 'msi', 'pcie', 'msix'],
          'msix-vectors': 8,
          driver: 'vfio-pci',
        },
      ],
    },
    {
      id: 2,
      devices: [0, 1].map(port => ({
        address: `0000:02:00.${port}`, // NetXtreme II BCM57810 10 Gigabit Ethernet
        vendor: 0x14e4,
        device: 0x168e,
        'subsystem-vendor': 0x14e4,
        'subsystem-device': 0x1006,
        class: 0x020000,
        revision: 0x10,
        bars: [
          { index: 0, size: 0x800000, type: 'mem64', prefetch: true },
          { index: 2, size: 0x800000, type: 'mem64', prefetch: true },
          { index: 4, size: 0x10000, type: 'mem64', prefetch: true },
        ],
        'rom-size': 0x80000,
        capabilities: ['pm', 'vpd', 'msi', 'msix', 'pcie'],
        'msix-vectors': 32,
        driver: 'vfio-pci',
      })),
    },
    {
      id: 3,
      devices: [
        {
          address: '0000:03:00.0', // NVMe SSD Controller 172X
          vendor: 0x144d,
          device: 0xa821,
          'subsystem-vendor': 0x144d,
          'subsystem-device': 0xa801,
          class: 0x010802,
          revision: 1,
          bars: [{ index: 0, size: 0x8000, type: 'mem64' }],
          'rom-size': 0x10000,
          capabilities: ['pm', 'pcie', 'msix'],
          'msix-vectors': 129,
          driver: 'vfio-pci',
        },
      ],
    },
    {
      id: 4,
      devices: [
        {
          address: '0000:04:00.0', // GP104GL [Quadro P4000]
          vendor: 0x10de,
          device: 0x1bb1,
          'subsystem-vendor': 0x10de,
          'subsystem-device': 0x11a3,
          class: 0x030000,
          revision: 0xa1,
          bars: [
            { index: 0, size: 0x1000000, type: 'mem32' },
            { index: 1, size: 0x10000000, type: 'mem64', prefetch: true },
            { index: 3, size: 0x2000000, type: 'mem64', prefetch: true },
            { index: 5, size: 0x80, type: 'io' },
          ],
          'rom-size': 0x80000,
          capabilities: ['pm', 'msi', 'pcie'],
          driver: 'vfio-pci',
        },
        {
          address: '0000:04:00.1', // GP104 High Definition Audio Controller
          vendor: 0x10de,
          device: 0x10f0,
          'subsystem-vendor': 0x10de,
          'subsystem-device': 0x11a3,
          class: 0x040300,
          revision: 0xa1,
          bars: [{ index: 0, size: 0x4000, type: 'mem32' }],
          capabilities: ['pm', 'msi', 'pcie'],
          driver: 'snd_hda_intel', // keeps the whole group from being assigned
        },
      ],
    },
  ],
});
