/** What libvirt is given: devices and domains. */

export const NIC = `<interface type='user'>
  <mac address='52:54:00:11:22:44'/><model type='virtio'/><alias name='ua-nic'/>
</interface>`;
export const DIMM = `<memory model='dimm'>
  <target><size unit='MiB'>256</size><node>0</node></target><alias name='ua-dimm'/>
</memory>`;
/** The device of `libvirtd.sh`. */
export const HOSTDEV = `<hostdev mode='subsystem' type='pci' managed='no'>
  <source><address domain='0' bus='0x41' slot='0' function='0'/></source><alias name='ua-gpu'/>
</hostdev>`;
export const disk = (path: string) => `<disk type='file' device='disk'>
  <driver name='qemu' type='raw'/><source file='${path}'/><target dev='vdb' bus='virtio'/><alias name='ua-disk'/>
</disk>`;

/** @param devices besides those that the domain has */
export function pseries(emulator: string, image: string, devices = ''): string {
  return `<domain type='qemu'>
  <name>pseries</name>
  <maxMemory slots='8' unit='GiB'>4</maxMemory><memory unit='MiB'>512</memory><vcpu current='1'>4</vcpu>
  <os><type arch='ppc64' machine='pseries-7.2'>hvm</type></os>
  <cpu mode='custom'><model>POWER9</model><numa><cell id='0' cpus='0-3' memory='512' unit='MiB'/></numa></cpu>
  <devices>
    <emulator>${emulator}</emulator>
    <controller type='pci' index='0' model='pci-root'/><controller type='pci' index='1' model='pci-root'/>
    <controller type='usb' model='qemu-xhci'/>
    <disk type='file'><driver name='qemu' type='raw'/><source file='${image}'/><target dev='vda' bus='virtio'/></disk>
    <interface type='user'><model type='virtio'/></interface>
    <console type='pty'/>
    <memballoon model='virtio'/>
    ${devices}
  </devices>
</domain>`;
}

const ROOT_PORT = "<controller type='pci' model='pcie-root-port'/>";

export function q35(emulator: string): string {
  return `<domain type='qemu'>
  <name>q35</name>
  <memory unit='MiB'>512</memory><vcpu>2</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <features><acpi/><apic/></features><cpu mode='host-model'/>
  <devices>
    <emulator>${emulator}</emulator>
    <controller type='pci' index='0' model='pcie-root'/>${ROOT_PORT.repeat(9)}
    <interface type='user'><model type='e1000e'/></interface>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <input type='tablet' bus='usb'/><video><model type='virtio'/></video><sound model='ich9'/>
    <serial type='pty'/>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
  </devices>
</domain>`;
}
