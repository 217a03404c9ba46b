import { QmpError } from '../base/errors.ts';
import { Machine } from '../machine/machine.ts';
import { nvdimmProperties } from '../machine/nvdimm-properties.ts';
import type { OnOffAuto } from '../qdev/properties.ts';
import type { Property } from '../qom/property.ts';
import { boolValue, choiceValue, integerValue, textValue, ValueProperty } from '../qom/values.ts';
import { UINT64 } from '../qom/visitor.ts';
import { FOUR_GIB } from './ram-split.ts';
import { cxlWindows, enclaveMemory } from './record-lists.ts';

const MAX_FIRMWARE = 8n << 20n;
const FIRMWARE_LIMIT = 16n << 20n;

function onOffAuto(name: string, description?: string) {
  return choiceValue<OnOffAuto>(name, 'OnOffAuto', ['auto', 'on', 'off'], 'auto', description);
}

function sizeValue(name: string, initial: bigint, description: string, check: (bytes: bigint) => void) {
  return new ValueProperty<bigint>({
    name,
    type: 'size',
    description,
    initial,
    parse: visitor => {
      const bytes = visitor.size(name);
      check(bytes);
      return bytes;
    },
    print: bytes => bytes,
  });
}

/** Text of a table header's field, whose length is fixed. */
function headerField(name: string, initial: string, field: string) {
  const bytes = initial.length;
  return textValue(
    name,
    initial,
    `Override the default value of field ${field} in ACPI table header.The string may be up to ${bytes} bytes in size`,
    text => {
      if (text.length > bytes)
        throw new QmpError(`User specified ${name} value is bigger than ${bytes} bytes in size`);
      return text.padEnd(bytes, ' ');
    },
  );
}

/** Where RAM below 4 GiB ends at most; 0 leaves it to the machine. Bytes. */
export const maxRamBelow4G = sizeValue(
  'max-ram-below-4g',
  0n,
  'Maximum ram below the 4G boundary (32bit boundary)',
  bytes => {
    if (bytes > FOUR_GIB)
      throw new QmpError(`Machine option 'max-ram-below-4g=${bytes}' expects size less than or equal to 4G`);
  },
);

export const vmport = onOffAuto('vmport', 'Enable vmport (pc & q35)');

export const acpi = onOffAuto('acpi', 'Enable ACPI');

export const smm = onOffAuto('smm', 'Enable SMM');

export const pit = onOffAuto('pit', 'Enable i8254 PIT');

export const sata = boolValue('sata', true, 'Enable/disable Serial ATA bus');

export const keyboardController = boolValue('i8042', true);

export const eventTimer = boolValue('hpet', true, 'Enable/disable high precision event timer emulation');

export const smbus = boolValue('smbus', true, 'Enable/disable system management bus');

/** Whether devices on the main PCI bus do DMA without an IOMMU. */
export const bypassIommuByDefault = boolValue('default-bus-bypass-iommu', false);

/** Properties of every machine with such processors. */
export const X86_CLASS_PROPERTIES = [
  smm,
  acpi,
  pit,
  onOffAuto('pic', 'Enable i8259 PIC'),
  headerField('x-oem-id', 'BOCHS ', 'OEMID'),
  headerField('x-oem-table-id', 'BXPC    ', 'OEM Table ID'),
  integerValue('bus-lock-ratelimit', 0n, {
    type: 'uint64_t',
    range: UINT64,
    description: 'Set the ratelimit for the bus locks acquired in VMs',
  }),
  enclaveMemory,
] as const;

/** Bytes of address space for memory that is plugged. */
const deviceMemorySize: Property = {
  name: 'device-memory-region-size',
  type: 'int',
  get: object => (object instanceof Machine ? (object.memoryDevices.region?.size ?? 0n) : 0n),
};

/** Properties of all PCs. */
export const PC_CLASS_PROPERTIES = [
  deviceMemorySize,
  sizeValue('max-fw-size', MAX_FIRMWARE, 'Maximum combined firmware size', bytes => {
    if (bytes > FIRMWARE_LIMIT)
      throw new QmpError(`User specified max allowed firmware size ${bytes} is greater than 16MiB.`);
  }),
  bypassIommuByDefault,
  sata,
  vmport,
  keyboardController,
  eventTimer,
  choiceValue('smbios-entry-point-type', 'str', ['32', '64'], '32', 'SMBIOS Entry Point type [32, 64]'),
  maxRamBelow4G,
  smbus,
] as const;

/** Non-volatile memory modules. */
export const nvdimm = nvdimmProperties(false);

/** Those that QEMU gives to each machine object rather than to their class. */
export const PC_INSTANCE_PROPERTIES = [
  nvdimm.enabled,
  nvdimm.persistence,
  boolValue('hmat', false, 'Set on/off to enable/disable ACPI Heterogeneous Memory Attribute Table (HMAT)'),
  boolValue('cxl', false, 'Set on/off to enable/disable CXL instantiation'),
  cxlWindows,
  new ValueProperty<string>({
    name: 'pcspk-audiodev',
    type: 'str',
    description: 'ID of an audiodev to use as a backend',
    initial: '',
    parse: (visitor, object) => {
      if (object instanceof Machine && object.system.ready) {
        throw new QmpError(
          "Attempt to set property 'audiodev' on anonymous device (type 'isa-pcspk') after it was realized",
        );
      }
      throw new QmpError(
        `Property 'isa-pcspk.audiodev' can't find value '${visitor.string('pcspk-audiodev')}'`,
      );
    },
    print: value => value,
  }),
] as const;
