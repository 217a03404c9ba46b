/** What libvirt 9.0 starts domains with, in its order; names of files are relative to `folder`. */

const json = (value: object) => JSON.stringify(value);

/** A machine without anything, to be asked what the emulator has. */
export function probe(): readonly string[] {
  return [
    ...['-S', '-no-user-config', '-nodefaults', '-nographic', '-machine', 'none,accel=kvm:tcg'],
    ...['-qmp', 'unix:monitor.sock,server=on,wait=off'],
  ];
}

/** What every domain has. @param middle options between those of the machine and the end */
function commandLine(folder: string, machine: readonly string[], middle: readonly string[]): string[] {
  return [
    ...['-name', 'guest=probe1,debug-threads=on', '-S'],
    '-object',
    json({ 'qom-type': 'secret', id: 'masterKey0', format: 'raw', file: `${folder}/master-key.aes` }),
    ...machine,
    ...[
      '-uuid',
      '1b4e28ba-2fa1-11d2-883f-0016d3cca427',
      '-display',
      'none',
      '-no-user-config',
      '-nodefaults',
    ],
    ...['-chardev', 'socket,id=charmonitor,path=monitor.sock,server=on,wait=off'],
    ...['-mon', 'chardev=charmonitor,id=monitor,mode=control'],
    ...['-rtc', 'base=utc', '-no-shutdown', '-boot', 'strict=on'],
    ...middle,
    ...['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'],
    ...['-msg', 'timestamp=on'],
  ];
}

/** A domain without devices. */
export function minimalDomain(folder: string): readonly string[] {
  const memory = { 'qom-type': 'memory-backend-ram', id: 'ppc_spapr.ram', size: 512 << 20 };
  return commandLine(
    folder,
    [
      ...['-machine', 'pseries-7.2,usb=off,dump-guest-core=off,memory-backend=ppc_spapr.ram'],
      ...['-accel', 'tcg', '-cpu', 'POWER9', '-m', '512', '-object', json(memory)],
      ...['-overcommit', 'mem-lock=off', '-smp', '1,sockets=1,cores=1,threads=1'],
    ],
    ['-audiodev', json({ id: 'audio1', driver: 'none' })],
  );
}

/** A domain with a disk, a network card, a console and a second host bridge. @param devices further ones */
export function fullDomain(folder: string, devices: readonly object[] = []): readonly string[] {
  const storage = {
    driver: 'file',
    filename: `${folder}/d0.img`,
    'node-name': 'libvirt-1-storage',
    'auto-read-only': true,
    discard: 'unmap',
  };
  const format = {
    'node-name': 'libvirt-1-format',
    'read-only': false,
    driver: 'raw',
    file: 'libvirt-1-storage',
  };
  const disk = {
    driver: 'virtio-blk-pci',
    bus: 'pci.0',
    addr: '0x3',
    drive: 'libvirt-1-format',
    id: 'virtio-disk0',
    bootindex: 1,
  };
  const card = {
    driver: 'virtio-net-pci',
    netdev: 'hostnet0',
    id: 'net0',
    mac: '52:54:00:11:22:33',
    bus: 'pci.0',
    addr: '0x1',
  };
  const device = (properties: object) => ['-device', json(properties)];
  return commandLine(
    folder,
    [
      ...['-machine', 'pseries-7.2,usb=off,dump-guest-core=off', '-accel', 'tcg', '-cpu', 'POWER9'],
      ...['-m', 'size=524288k,slots=8,maxmem=4194304k', '-overcommit', 'mem-lock=off'],
      ...['-smp', '1,maxcpus=4,sockets=4,cores=1,threads=1'],
      ...['-object', json({ 'qom-type': 'memory-backend-ram', id: 'ram-node0', size: 512 << 20 })],
      ...['-numa', 'node,nodeid=0,cpus=0-3,memdev=ram-node0'],
    ],
    [
      ...device({ driver: 'spapr-pci-host-bridge', index: 1, id: 'pci.1' }),
      ...device({ driver: 'qemu-xhci', id: 'usb', bus: 'pci.0', addr: '0x2' }),
      ...['-blockdev', json(storage), '-blockdev', json(format)],
      ...device(disk),
      ...['-netdev', json({ type: 'user', id: 'hostnet0' })],
      ...device(card),
      ...['-chardev', 'pty,id=charserial0'],
      ...device({ driver: 'spapr-vty', chardev: 'charserial0', id: 'serial0', reg: 0x30000000 }),
      ...['-audiodev', json({ id: 'audio1', driver: 'none' })],
      ...devices.flatMap(device),
      ...device({ driver: 'virtio-balloon-pci', id: 'balloon0', bus: 'pci.0', addr: '0x4' }),
    ],
  );
}
