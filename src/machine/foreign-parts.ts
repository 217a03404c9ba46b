import { Bus } from '../qdev/bus.ts';
import { Device } from '../qdev/device.ts';
import { LinkProperty, legacyText } from '../qdev/link-property.ts';
import { bool, uint8, uint64 } from '../qdev/properties.ts';
import type { QomType, TypeInfo } from '../qom/type.ts';

const dma = new LinkProperty('dma', 'memory-region');

/** A host controller for SD cards. */
class SdHostController extends Device {
  constructor(type: QomType) {
    super(type);
    new Bus(type.registry.require('sdhci-bus'), 'sd-bus', this);
  }
}

/** Parts of boards that are not here, known by their types alone. */
export const FOREIGN_PART_TYPES: readonly TypeInfo[] = [
  { name: 'sd-bus', parent: 'bus' },
  { name: 'sdhci-bus', parent: 'sd-bus' },
  {
    name: 'generic-sdhci',
    parent: 'sys-bus-device',
    properties: [
      uint8('sd-spec-version', 2),
      uint8('uhs', 0),
      uint64('capareg', 0x57834b4n),
      uint64('maxcurr', 0n),
      bool('pending-insert-quirk', false),
      uint8('vendor', 0),
      dma,
      legacyText(dma.name),
    ],
    create: type => new SdHostController(type),
    class: { userCreatable: false },
  },
  { name: 's3c-sdhci', parent: 'generic-sdhci' },
  { name: 'imx-usdhc', parent: 'generic-sdhci' },
];
