import { QmpError } from '../../base/errors.ts';
import { audiodev, settleAudio } from '../../qdev/backend-properties.ts';
import { Bus, defaultBusName } from '../../qdev/bus.ts';
import { Device } from '../../qdev/device.ts';
import { bool, onOffAuto, uint32 } from '../../qdev/properties.ts';
import type { TypeInfo } from '../../qom/type.ts';
import { PciDevice } from '../device.ts';
import { at, container, io, memoryBar, portBar } from '../layout.ts';

const INTEL = 0x8086;
const MULTIMEDIA_AUDIO = 0x0401;
const HD_AUDIO = 0x0403;
const CONVENTIONAL = ['conventional-pci-device'] as const;
const CODEC_UNSET = 0xffffffff;
/** Codecs that fit on one link (High Definition Audio 1.0a, 2.2). */
const MAX_CODECS = 15;

class SoundCard extends PciDevice {
  protected override onPciRealize(): void {
    settleAudio(this);
  }
}

/** A controller for codecs on a link. */
class HdaController extends PciDevice {
  protected override onPciRealize(): void {
    new Bus(this.type.registry.require('HDA'), defaultBusName(this, 'HDA'), this);
  }

  protected override onPciUnrealize(): void {
    for (const bus of this.childBuses.splice(0)) bus.unparent();
  }
}

const codecAddress = uint32('cad', CODEC_UNSET);

class HdaCodec extends Device {
  protected override onRealize(): void {
    const others = this.parentBus?.devices.filter(device => device !== this) ?? [];
    if (this.value(codecAddress) === CODEC_UNSET) this.setValue(codecAddress, others.length);
    if (this.value(codecAddress) >= MAX_CODECS) throw new QmpError('HDA audio codec address is full');
    settleAudio(this);
  }
}

function codec(name: string, description: string): TypeInfo {
  return {
    name,
    parent: 'hda-audio',
    class: { description },
  };
}

function controller(name: string, device: number, revision: number, chipSet: string): TypeInfo {
  return {
    name,
    parent: 'intel-hda-generic',
    class: {
      description: `Intel HD Audio Controller (${chipSet})`,
      pci: { vendor: INTEL, device, classCode: HD_AUDIO, revision, interruptPin: 1 },
    },
  };
}

export const SOUND_TYPES: readonly TypeInfo[] = [
  {
    name: 'AC97',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [audiodev],
    create: type => new SoundCard(type),
    class: {
      description: 'Intel 82801AA AC97 Audio',
      alias: 'ac97',
      category: 'sound',
      pci: { vendor: INTEL, device: 0x2415, classCode: MULTIMEDIA_AUDIO, revision: 1, interruptPin: 1 },
      bars: [portBar(0, io('ac97-nam', 0x400)), portBar(1, io('ac97-nabm', 0x100))],
    },
  },
  {
    name: 'ES1370',
    parent: 'pci-device',
    interfaces: CONVENTIONAL,
    properties: [audiodev],
    create: type => new SoundCard(type),
    class: {
      description: 'ENSONIQ AudioPCI ES1370',
      alias: 'es1370',
      category: 'sound',
      pci: {
        vendor: 0x1274,
        device: 0x5000,
        classCode: MULTIMEDIA_AUDIO,
        subsystemVendor: 0x4942,
        subsystem: 0x4c4c,
        interruptPin: 1,
      },
      bars: [portBar(0, io('es1370', 0x100))],
    },
  },
  { name: 'HDA', parent: 'bus' },
  {
    name: 'intel-hda-generic',
    parent: 'pci-device',
    abstract: true,
    interfaces: CONVENTIONAL,
    properties: [uint32('debug', 0), onOffAuto('msi', 'auto'), bool('old_msi_addr', false)],
    create: type => new HdaController(type),
    class: {
      category: 'sound',
      neverFinalized: true,
      bars: [
        memoryBar(
          0,
          container(
            'intel-hda-container',
            0x4000,
            at(0, io('intel-hda', 0x2000)),
            at(0x2000, container('intel-hda-alias', 0x2000)),
          ),
        ),
      ],
    },
  },
  controller('intel-hda', 0x2668, 1, 'ich6'),
  controller('ich9-intel-hda', 0x293e, 3, 'ich9'),
  {
    name: 'hda-codec',
    parent: 'device',
    abstract: true,
    properties: [codecAddress],
    class: { busType: 'HDA', category: 'sound' },
  },
  {
    name: 'hda-audio',
    parent: 'hda-codec',
    abstract: true,
    properties: [audiodev, uint32('debug', 0), bool('mixer', true), bool('use-timer', true)],
    create: type => new HdaCodec(type),
  },
  codec('hda-duplex', 'HDA Audio Codec, duplex (line-out, line-in)'),
  codec('hda-micro', 'HDA Audio Codec, duplex (speaker, microphone)'),
  codec('hda-output', 'HDA Audio Codec, output-only (line-out)'),
];
