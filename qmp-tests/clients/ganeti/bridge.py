"""Lets a test call methods of ganeti's KVM hypervisor: each line of the input is a call, each line of the
output an answer. The argument is the folder with the sockets of the machine that is the instance."""

import json
import os
import sys
from types import SimpleNamespace

sys.path.insert(0, "/usr/share/ganeti/3.0")

# pylint: disable=wrong-import-position
from ganeti import constants, errors, objects
from ganeti.hypervisor.hv_kvm import KVMHypervisor
from ganeti.hypervisor.hv_kvm.monitor import QmpConnection

FOLDER = sys.argv[1]


class Hypervisor(KVMHypervisor):
    """Ganeti's own; but its instance runs already, and what it knows of it stays in memory."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.qmp = None
        hvparams = constants.HVC_DEFAULTS[constants.HT_KVM]
        self.runtime = ([], [], hvparams, [])

    @classmethod
    def _InstanceMonitor(cls, instance_name):
        return os.path.join(FOLDER, "human.sock")

    @classmethod
    def _InstanceQmpMonitor(cls, instance_name):
        return os.path.join(FOLDER, "qmp.sock")

    def _LoadKVMRuntime(self, instance, serialized_runtime=None):
        return self.runtime

    def _SaveKVMRuntime(self, instance, kvm_runtime):
        self.runtime = kvm_runtime

    def help_features(self, program):
        """What ganeti reads out of the help of a program."""
        text = self._GetKVMOutput(program, self._KVMOPT_HELP)
        devices = self._GetKVMOutput(program, self._KVMOPT_DEVICELIST)
        machines = self._GetKVMOutput(program, self._KVMOPT_MLIST)
        return {
            "version": self._ParseKVMVersion(text)[0],
            "has": [name for name in sorted(dir(self)) if name.endswith("_RE")
                    and getattr(self, name).search(text)],
            "network": self._GetNetworkDeviceFeatures(self.runtime[2], devices, text),
            "machine": self._DEFAULT_MACHINE_VERSION_RE.search(machines).group(1),
        }


hypervisor = Hypervisor()
instance = objects.Instance(name="instance", hvparams=hypervisor.runtime[2])


def disk(uuid):
    return objects.Disk(uuid=uuid, params={constants.LDP_ACCESS: constants.DISK_USERSPACE})


def verify_hotplug_support():
    for target in (constants.HOTPLUG_TARGET_DISK, constants.HOTPLUG_TARGET_NIC):
        hypervisor.VerifyHotplugSupport(instance, constants.HOTPLUG_ACTION_ADD, target)


def hotplug_supported():
    hypervisor.HotplugSupported(instance)


def verify_hotplug(devid, should_exist):
    # pylint: disable=protected-access
    hypervisor._VerifyHotplugCommand(instance, devid, should_exist)


def hot_add_disk(uuid, uri):
    hypervisor.HotAddDevice(instance, constants.HOTPLUG_TARGET_DISK, disk(uuid), (uri, uri), 0)


def hot_del_disk(uuid):
    return hypervisor.HotDelDevice(instance, constants.HOTPLUG_TARGET_DISK, disk(uuid), None, 0)


def hot_add_nic(devid, hvinfo, count):
    """Plugs a NIC of `count` queues, with a pipe for each tap device."""
    fds = [fd for _ in range(count) for fd in os.pipe()]
    try:
        nic = SimpleNamespace(mac="52:54:00:12:34:57", hvinfo=hvinfo)
        connection("HotAddNic", nic, devid, fds[:count])
    finally:
        for fd in fds:
            os.close(fd)


def connection(method, *args):
    """A method of ganeti's QMP connection, which it opens and closes."""
    result = getattr(QmpConnection(os.path.join(FOLDER, "qmp.sock")), method)(*args)
    return sorted(result) if isinstance(result, frozenset) else result


def execute(command, arguments):
    with QmpConnection(os.path.join(FOLDER, "qmp.sock")) as qmp:
        return {"version": qmp.version, "result": qmp.Execute(command, arguments)}


def human(command):
    # pylint: disable=protected-access
    return hypervisor._CallMonitorCommand(instance.name, command).output


def private(method, *args):
    """A method of the hypervisor that takes the instance's name."""
    return getattr(hypervisor, method)(instance.name, *args)


def main():
    calls = (hotplug_supported, verify_hotplug_support, verify_hotplug, hot_add_disk, hot_del_disk,
             hot_add_nic, connection, execute, human, private, hypervisor.help_features)
    by_name = {call.__name__: call for call in calls}
    for line in sys.stdin:
        name, *args = json.loads(line)
        try:
            answer = {"return": by_name[name](*args)}
        except errors.GenericError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
