import { IDE_BASE_TYPES } from '../ide/types.ts';
import { FLOPPY_TYPES } from '../isa/floppy.ts';
import { ISA_PORT_TYPES } from '../isa/ports.ts';
import { ISA_TYPES } from '../isa/types.ts';
import { EMULATED_DEVICE_TYPES } from '../machine/device-types.ts';
import type { TypeInfo } from '../qom/type.ts';
import { VFIO_PLATFORM_TYPES } from '../vfio/platform-types.ts';
import { SPAPR_NVDIMM_TYPE } from './nvdimm.ts';
import { OTHER_BOARD_TYPES } from './other-boards.ts';
import { POWER_DEVICE_TYPES } from './power-types.ts';
import { RANDOM_TYPES } from './random.ts';
import { VIO_DEVICE_TYPES } from './vio-devices.ts';

/** The devices that users may add to a pseries machine. */
export const SPAPR_DEVICE_TYPES: readonly TypeInfo[] = [
  ...IDE_BASE_TYPES,
  ...EMULATED_DEVICE_TYPES,
  ...ISA_TYPES,
  ...ISA_PORT_TYPES,
  ...FLOPPY_TYPES,
  ...POWER_DEVICE_TYPES,
  ...RANDOM_TYPES,
  ...VIO_DEVICE_TYPES,
  ...OTHER_BOARD_TYPES,
  ...VFIO_PLATFORM_TYPES,
  SPAPR_NVDIMM_TYPE,
];
