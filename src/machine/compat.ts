import type { TypeGlobals } from '../qom/type.ts';

/**
 * What machines of older versions keep of how devices were: by the last version of QEMU whose machines have it.
 * Named are only devices that this program has.
 */
const CHANGES: Readonly<Record<string, TypeGlobals>> = {
  '7.1': {
    'virtio-device': { queue_reset: 'off' },
    'virtio-rng-pci-base': { vectors: '0' },
  },
  '6.0': {
    e1000: { 'init-vet': 'off' },
    e1000e: { 'init-vet': 'off' },
    i8042: { 'extended-state': 'off' },
  },
  '5.2': {
    'ICH9-LPC': { 'smm-compat': 'on' },
    PIIX4_PM: { 'smm-compat': 'on' },
    'virtio-blk-device': { 'report-discard-granularity': 'off' },
    'virtio-net-pci-base': { vectors: '3' },
  },
  '5.1': {
    'virtio-blk-device': { 'num-queues': '1' },
    'virtio-scsi-device': { num_queues: '1' },
    'virtio-pci': { 'x-ats-page-aligned': 'off' },
  },
  '5.0': {
    'pci-host-bridge': { 'x-config-reg-migration-enabled': 'off' },
    'virtio-balloon-device': { 'page-poison': 'off' },
    'virtio-device': { 'x-disable-legacy-check': 'on' },
    vmport: {
      'x-read-set-eax': 'off',
      'x-signal-unsupported-cmd': 'off',
      'x-report-vmx-type': 'off',
      'x-cmds-v2': 'off',
    },
  },
  '4.2': {
    'virtio-blk-device': {
      'queue-size': '128',
      'x-enable-wce-if-config-wce': 'off',
      'seg-max-adjust': 'off',
    },
    'virtio-scsi-device': { virtqueue_size: '128', seg_max_adjust: 'off' },
    'virtio-device': { 'use-disabled-flag': 'off' },
    'usb-host': { 'suppress-remote-wake': 'off' },
    'usb-redir': { 'suppress-remote-wake': 'off' },
    fw_cfg: { 'acpi-mr-restore': 'off' },
  },
  '4.1': {
    'virtio-pci': { 'x-pcie-flr-init': 'off' },
  },
  '4.0': {
    VGA: { edid: 'off' },
    'secondary-vga': { edid: 'off' },
    'bochs-display': { edid: 'off' },
    'virtio-gpu-device': { edid: 'off' },
    'virtio-device': { 'use-started': 'off' },
    'virtio-balloon-device': { 'qemu-4-0-config-size': 'on' },
  },
  '3.1': {
    'pcie-root-port': { 'x-speed': '2_5', 'x-width': '1' },
    'pcie-root-port-base': { 'disable-acs': 'on' },
    'memory-backend-file': { 'x-use-canonical-path-for-ramblock-id': 'on' },
    'memory-backend-memfd': { 'x-use-canonical-path-for-ramblock-id': 'on' },
    'usb-kbd': { serial: '42' },
    'usb-mouse': { serial: '42' },
    'usb-tablet': { serial: '42' },
    'virtio-blk-device': { discard: 'off', 'write-zeroes': 'off' },
    'virtio-balloon-device': { 'qemu-4-0-config-size': 'off' },
  },
  '2.12': {
    'hda-audio': { 'use-timer': 'off' },
    'cirrus-vga': { 'global-vmstate': 'on' },
    VGA: { 'global-vmstate': 'on' },
    'vmware-svga': { 'global-vmstate': 'on' },
  },
  '2.11': {
    hpet: { 'hpet-offset-saved': 'off' },
    'virtio-blk-pci-base': { vectors: '2' },
    e1000: { migrate_tso_props: 'off' },
  },
  '2.10': {
    'virtio-mouse-device': { 'wheel-axis': 'off' },
    'virtio-tablet-device': { 'wheel-axis': 'off' },
  },
  '2.9': {
    'pci-bridge': { shpc: 'off' },
    'virtio-net-device': { 'x-mtu-bypass-backend': 'off' },
    'pcie-root-port': { 'x-migrate-msix': 'off' },
  },
  '2.8': {
    fw_cfg_io: { 'x-file-slots': '0x10' },
    'pci-bridge': { shpc: 'on' },
    'pci-device': { 'x-pcie-extcap-init': 'off' },
    'virtio-pci': { 'x-pcie-deverr-init': 'off', 'x-pcie-lnkctl-init': 'off', 'x-pcie-pm-init': 'off' },
    'cirrus-vga': { vgamem_mb: '8' },
  },
  '2.7': {
    'virtio-pci': { 'page-per-vq': 'on', 'x-ignore-backend-features': 'on' },
    'virtio-serial-device': { 'emergency-write': 'off' },
    ioapic: { version: '0x11' },
  },
  '2.6': {
    'virtio-pci': { 'disable-modern': 'on', 'disable-legacy': 'off' },
  },
  '2.5': {
    'isa-fdc': { fallback: '144' },
    pvscsi: { 'x-old-pci-configuration': 'on', 'x-disable-pcie': 'on' },
    vmxnet3: { 'x-old-msi-offsets': 'on', 'x-disable-pcie': 'on' },
  },
  '2.4': {
    'virtio-blk-device': { scsi: 'on' },
    e1000: { extra_mac_registers: 'off' },
    'virtio-pci': { 'x-disable-pcie': 'on', 'migrate-extra': 'off' },
    fw_cfg_io: { dma_enabled: 'off' },
  },
  '2.3': {
    'virtio-blk-pci': { any_layout: 'off' },
    'virtio-balloon-pci': { any_layout: 'off' },
    'virtio-serial-pci': { any_layout: 'off' },
    'virtio-9p-pci': { any_layout: 'off' },
    'virtio-rng-pci': { any_layout: 'off' },
    'pci-device': { 'x-pcie-lnksta-dllla': 'off' },
  },
  '2.1': {
    'intel-hda': { old_msi_addr: 'on' },
    VGA: { 'qemu-extended-regs': 'off' },
    'secondary-vga': { 'qemu-extended-regs': 'off' },
    'virtio-scsi-pci': { any_layout: 'off' },
    'usb-mouse': { usb_version: '1' },
    'usb-kbd': { usb_version: '1' },
    'virtio-pci': { 'virtio-pci-bus-master-bug-migration': 'on' },
  },
};

/** What changed after a version, as machines of this version and older ones still have it. */
export function changesAfter(version: string): TypeGlobals {
  return CHANGES[version] ?? {};
}
