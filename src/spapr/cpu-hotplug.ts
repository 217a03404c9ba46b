import { QmpError } from '../base/errors.ts';
import { smp } from '../machine/properties.ts';
import type { Device } from '../qdev/device.ts';
import type { HotplugHandler } from '../qdev/hotplug.ts';
import { coreType, NODE_UNSET, nodeId, SpaprCpuCore, threadCount } from './cpu-core.ts';
import { DRC_TYPE_NUMBER, type DrConnector } from './dr-connector.ts';
import type { SpaprMachine } from './machine.ts';

/** Coming and going of processor cores: the machine's business, with one connector a core. */
export class CpuHotplug implements HotplugHandler {
  constructor(private readonly machine: SpaprMachine) {}

  get hotplugObject(): SpaprMachine {
    return this.machine;
  }

  prePlug(device: Device): void {
    if (!(device instanceof SpaprCpuCore)) return;
    const { machine } = this;
    const { threads, maxCpus } = machine.value(smp);
    if (device.hotplugged && !machine.version.hasCpuHotplug)
      throw new QmpError('CPU hotplug not supported for this machine');
    const wanted = coreType(machine.processors.model);
    if (device.type.name !== wanted) throw new QmpError(`CPU core type should be ${wanted}`);
    const { coreId } = device;
    if (coreId % threads !== 0) throw new QmpError(`invalid core id ${coreId}`);
    // The last core may have fewer threads than the others, where it was there from the start.
    if (device.hotplugged && device.value(threadCount) !== threads) {
      throw new QmpError(`invalid nr-threads ${device.value(threadCount)}, must be ${threads}`);
    }
    if (coreId >= maxCpus) throw new QmpError(`core id ${coreId} out of range`);
    // QEMU looks for those below 0 where there is something else.
    if (coreId < 0 || machine.processors.coreAt(coreId) !== undefined)
      throw new QmpError(`core ${coreId} already populated`);
    const node = machine.numa.nodeOf(coreId / threads) ?? 0;
    // Who does not say where, means where it belongs.
    const given = device.value(nodeId);
    if (given !== NODE_UNSET && given !== node) throw new QmpError(`invalid node-id, must be ${node}`);
    device.setValue(nodeId, node);
  }

  plug(device: Device): void {
    if (!(device instanceof SpaprCpuCore)) return;
    const connector = this.#connector(device);
    connector?.attach(device);
    if (!device.hotplugged) connector?.onReset();
    else if (connector !== undefined) this.machine.notifyHotplug('add', connector);
  }

  unplugRequest(device: Device): void {
    if (!(device instanceof SpaprCpuCore)) return;
    const connector = this.#connector(device);
    if (connector === undefined) throw new QmpError('CPU hot unplug not supported on this machine');
    if (device.firstThread === 0) throw new QmpError('Boot CPU core may not be unplugged');
    // Unlike for other things, asking again is fine: the guest is told once more.
    if (!connector.unplugRequested) connector.requestUnplug();
    if (connector.device !== undefined) {
      this.machine.notifyHotplug('remove', connector);
    }
  }

  #connector({ firstThread }: SpaprCpuCore): DrConnector | undefined {
    return this.machine.drConnector(
      (DRC_TYPE_NUMBER.cpu << 28) | this.machine.processors.vcpuId(firstThread),
    );
  }
}
