#!/bin/bash
# Runs libvirtd where it changes nothing of this host: to be process 1 of namespaces of its own.
# usage: libvirtd.sh FOLDER, which gets the daemon's socket and log
set -euo pipefail
here=$(dirname "$0")
folder=$1
mount --make-rprivate /
for private in /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
  mkdir -p "$private"
  mount -t tmpfs tmpfs "$private"
done
# The user and groups that the whole package would have made.
for table in passwd group; do
  cp "/etc/$table" "$folder/$table"
  mount --bind "$folder/$table" "/etc/$table"
done
echo 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin' >>/etc/passwd
printf 'libvirt-qemu:x:64055:\nkvm:x:64056:\n' >>/etc/group

# A PCI device that is bound to vfio-pci: as much of it as libvirt looks at.
device=/sys/bus/pci/devices/0000:41:00.0
mount -t tmpfs tmpfs /sys/bus/pci
mount -t tmpfs tmpfs /sys/kernel/iommu_groups
mkdir -p "$device" /sys/bus/pci/drivers/vfio-pci /sys/kernel/iommu_groups/7/devices
head -c 256 /dev/zero >"$device/config"
# Its only capability, at 0x40, is that of PCI Express: of an endpoint.
poke() { printf "$2" | dd of="$device/config" bs=1 seek=$(($1)) conv=notrunc status=none; }
poke 0x06 '\x10'
poke 0x34 '\x40'
poke 0x40 '\x10\x00\x02\x00'
echo 0x10de >"$device/vendor"
echo 0x1b38 >"$device/device"
ln -s /sys/kernel/iommu_groups/7 "$device/iommu_group"
ln -s /sys/bus/pci/drivers/vfio-pci "$device/driver"
ln -s "$device" /sys/kernel/iommu_groups/7/devices/0000:41:00.0
mkdir "$folder/dev"
mount -t tmpfs tmpfs "$folder/dev"
cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/ptmx "$folder/dev"
mkdir "$folder/dev/vfio" "$folder/dev/pts" "$folder/dev/shm"
mount --bind /dev/pts "$folder/dev/pts"
mknod "$folder/dev/vfio/vfio" c 10 196
mknod "$folder/dev/vfio/7" c 511 0
mount --rbind "$folder/dev" /dev

mkdir -p /etc/libvirt "$folder/socket"
cat >/etc/libvirt/qemu.conf <<'END'
user = "root"
group = "root"
stdio_handler = "file"
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
dynamic_ownership = 0
remember_owner = 0
END
cat >/etc/libvirt/libvirtd.conf <<END
unix_sock_dir = "$folder/socket"
auth_unix_rw = "none"
log_outputs = "3:file:$folder/log"
END
# A guest with a device of the host may lock memory. Only some may give it that right, and here nobody misses it.
if ! prlimit --memlock=unlimited true 2>/dev/null; then
  gcc -shared -fPIC -o "$folder/memlock.so" "$here/memlock.c"
  export LD_PRELOAD=$folder/memlock.so
fi
libvirtd -f /etc/libvirt/libvirtd.conf -p /run/libvirt/libvirtd.pid
