import assert from 'node:assert/strict';
import { BUILTIN_INVENTORY } from '../../src/host/builtin-inventory.ts';
import { Host } from '../../src/host/host.ts';
import { assertErrno, attach, DEVICE, GiB, makeHost, makeProcess, NOTHING_OPEN, RW } from './helpers.ts';

describe('/dev/vfio files', () => {
  it('takes a device from sysfs to an open file and back', () => {
    const process = new Host(BUILTIN_INVENTORY).createProcess();
    assert.equal(process.sysfsFolder('/sys/bus/pci/devices/0001:00:00.0')?.device?.group?.id, 1);
    const container = process.openContainer();
    assert.equal(container.getApiVersion(), 0);
    assert(container.checkExtension('spapr-tce-v1'));
    assert(!container.checkExtension('spapr-tce-v2'));
    assert(!container.checkExtension('type1'));
    const group = process.openGroup(1);
    assert.deepEqual(group.getStatus(), { viable: true, containerSet: false });
    group.setContainer(container);
    assert.deepEqual(group.getStatus(), { viable: true, containerSet: true });
    container.setIommu('spapr-tce-v1');
    const device = group.getDeviceFd('0001:00:00.0');
    assert.deepEqual(device.getInfo(), { pci: true, reset: true, regions: 9, irqs: 5 });
    assert.equal(device.facts.vendor, 0x104c);
    assert.deepEqual(device.getRegionInfo(0), { size: 0x10000n, writable: true, mappable: true });
    assert.equal(device.getRegionInfo(1).size, 0n);
    assert.equal(device.getRegionInfo(7).size, 4096n);
    assertErrno('EINVAL', () => device.getRegionInfo(8));
    assertErrno('EINVAL', () => device.getRegionInfo(9));
    assert.equal(device.getIrqCount('msix'), 8);
    device.reset();
    device.close();
    group.unsetContainer();
    assert.equal(container.iommu, undefined);
    group.close();
    container.close();
    assert.deepEqual(process.openFiles(), NOTHING_OPEN);
  });

  it('knows nothing of devices and groups that are not there', () => {
    const process = makeHost({
      'ungrouped-devices': [{ ...DEVICE, address: '0009:00:00.0' }],
    }).createProcess();
    assert.equal(process.sysfsFolder('/sys/bus/pci/devices/0008:00:00.0'), undefined);
    const lone = process.sysfsFolder('/sys/bus/pci/../pci/devices/0009:00:00.0/');
    assert.equal(lone?.name, '0009:00:00.0');
    assert(lone.device !== undefined && lone.device.group === undefined);
    assert.deepEqual(process.sysfsFolder('/sys/bus'), { name: 'bus', device: undefined });
    assert.equal(process.sysfsFolder('/sys/bus/pc'), undefined);
    assert.equal(process.sysfsFolder('sys/bus'), undefined);
    assert.equal(process.sysfsFolder(''), undefined);
    assertErrno('ENOENT', () => process.openGroup(77));
  });

  it('opens a group once, in whatever process', () => {
    const host = makeHost();
    const [first, second] = [host.createProcess(), host.createProcess()];
    const group = first.openGroup(1);
    assertErrno('EBUSY', () => first.openGroup(1));
    assertErrno('EBUSY', () => second.openGroup(1));
    group.close();
    second.openGroup(1);
  });

  it('has no group file while no device of the group is bound to vfio-pci', () => {
    const host = makeHost();
    host.rebind('0001:00:00.0', 'tg3');
    assertErrno('ENOENT', () => host.createProcess().openGroup(1));
    host.rebind('0001:00:00.0', 'vfio-pci');
    host.createProcess().openGroup(1);
  });

  it('gives no device of a group that is not viable', () => {
    const host = new Host(BUILTIN_INVENTORY);
    const process = host.createProcess();
    const { group } = attach(process, 'spapr-tce-v1', 4);
    assert.equal(group.getStatus().viable, false);
    assertErrno('EINVAL', () => group.getDeviceFd('0004:01:00.0'));
    for (const driver of [undefined, 'pci-stub', 'vfio-pci']) {
      host.rebind('0004:01:00.1', driver);
      assert.equal(group.getStatus().viable, true);
      group.getDeviceFd('0004:01:00.0').close();
    }
  });

  it('gives only devices of the group that are bound to vfio-pci', () => {
    const host = new Host(BUILTIN_INVENTORY);
    const { group } = attach(host.createProcess(), 'spapr-tce-v1', 2);
    host.rebind('0002:01:00.1', 'pci-stub');
    assertErrno('ENODEV', () => group.getDeviceFd('0002:01:00.1'));
    assertErrno('ENODEV', () => group.getDeviceFd('0001:00:00.0'));
    group.getDeviceFd('0002:01:00.0');
  });

  it('gives no device without a container that has a type', () => {
    const process = makeHost().createProcess();
    const group = process.openGroup(1);
    assertErrno('EINVAL', () => group.getDeviceFd('0001:00:00.0'));
    group.setContainer(process.openContainer());
    assertErrno('EINVAL', () => group.getDeviceFd('0001:00:00.0'));
  });

  it('sets a type once, on a container with a group, that the host has', () => {
    const process = makeHost().createProcess();
    const container = process.openContainer();
    assertErrno('EINVAL', () => container.setIommu('spapr-tce-v1'));
    const group = process.openGroup(1);
    group.setContainer(container);
    assertErrno('ENODEV', () => container.setIommu('type1'));
    container.setIommu('spapr-tce-v1');
    assertErrno('EINVAL', () => container.setIommu('spapr-tce-v1'));
    assertErrno('EINVAL', () => group.setContainer(container));
  });

  it('refuses to take a group out of its container while a device is open', () => {
    const { group } = attach(makeHost().createProcess(), 'spapr-tce-v1');
    const device = group.getDeviceFd('0001:00:00.0');
    assertErrno('EBUSY', () => group.unsetContainer());
    device.close();
    group.unsetContainer();
    assertErrno('EINVAL', () => group.unsetContainer());
  });

  it('keeps a group in its container until the last of group and device files is closed', () => {
    const process = makeProcess(makeHost());
    const { container, group, iommu } = attach(process, 'spapr-tce-v1');
    iommu.enable();
    iommu.mapDma(0n, 0n, 0x1000n, RW);
    const device = group.getDeviceFd('0001:00:00.0');
    container.close();
    group.close();
    assertErrno('EBUSY', () => process.openGroup(1));
    assert.equal(iommu.mappings, 1);
    device.close();
    assert.equal(iommu.mappings, 0);
    assert.equal(process.lockedBytes, 0n);
    process.openGroup(1);
  });

  it('closes everything when the process ends', () => {
    const host = makeHost();
    const process = makeProcess(host);
    for (const id of [1, 2]) {
      const { group, iommu } = attach(process, 'spapr-tce-v1', id);
      iommu.enable();
      group.getDeviceFd(`000${id}:00:00.0`);
    }
    assert.equal(process.lockedBytes, 4n * GiB);
    process.close();
    assert.deepEqual(process.openFiles(), NOTHING_OPEN);
    assert.equal(process.lockedBytes, 0n);
    assert.equal(host.processes.size, 0);
    assert(host.groups.every(group => group.file === undefined && group.container === undefined));
  });

  it('answers EBADF on a closed file, and numbers files as the kernel does', () => {
    const process = makeHost().createProcess();
    const [first, second] = [process.openContainer(), process.openContainer()];
    assert.deepEqual([first.fd, second.fd], [3, 4]);
    first.close();
    assertErrno('EBADF', () => first.getApiVersion());
    assertErrno('EBADF', () => process.openGroup(1).setContainer(first));
    assert.equal(process.openContainer().fd, 5);
  });

  it('asks for an open device back, and rebinds it once it is free', () => {
    const host = makeHost();
    const { group } = attach(host.createProcess(), 'spapr-tce-v1');
    const device = group.getDeviceFd('0001:00:00.0');
    let asked = 0;
    device.setIrqs('req', () => asked++);
    host.rebind('0001:00:00.0', 'tg3');
    assert.equal(asked, 1);
    device.close();
    // Its group is in a container still, where a host driver would do harm.
    assert.equal(host.device('0001:00:00.0')?.driver, 'vfio-pci');
    group.close();
    assert.equal(host.device('0001:00:00.0')?.driver, 'tg3');
    assertErrno('ENODEV', () => host.rebind('0008:00:00.0', 'tg3'));
  });
});
