import { QmpError } from '../base/errors.ts';
import { nvdimmProperties } from '../machine/nvdimm-properties.ts';
import type { Property } from '../qom/property.ts';
import { boolValue, integerValue, textValue } from '../qom/values.ts';
import { UINT32, UINT64 } from '../qom/visitor.ts';

const KERNEL_ADDRESS = 0x400000n;
const COMPATIBILITY_MODES = ['power6', 'power7', 'power7+', 'power8', 'power9', 'power10'];

function oneOf(name: string, words: readonly string[]) {
  return (text: string) => {
    if (!words.includes(text)) throw new QmpError(`Bad value for "${name}" property`);
    return text;
  };
}

const isInterruptMode = oneOf('ic-mode', ['xics', 'xive', 'dual']);

/** Which interrupt controller the guest is offered; unset, the machine goes by its version. */
export const icMode = textValue(
  'ic-mode',
  '',
  'Specifies the interrupt controller mode (xics, xive, dual)',
  (mode, machine) => {
    if (machine.type.class.spapr?.icMode === 'legacy')
      throw new QmpError("This machine only uses the legacy XICS backend, don't pass ic-mode");
    return isInterruptMode(mode);
  },
);

export const resizeHpt = textValue(
  'resize-hpt',
  'default',
  'Resizing of the Hash Page Table (enabled, disabled, required)',
  oneOf('resize-hpt', ['default', 'disabled', 'enabled', 'required']),
);

/** Stride of processor numbers from core to core; 0 for as many as a core has threads. */
export const vsmt = integerValue('vsmt', 0n, {
  type: 'uint32',
  range: UINT32,
  description: "Virtual SMT: KVM behaves as if this were the host's SMT mode",
});

/** Those that QEMU gives to each machine object rather than to their class. */
export const SPAPR_INSTANCE_PROPERTIES: readonly Property[] = [
  textValue(
    'kvm-type',
    'auto',
    "Specifies the KVM virtualization mode (auto, hv, pr). Defaults to 'auto'. This mode will use any available " +
      'KVM module loaded in the host, where kvm_hv takes precedence if both kvm_hv and kvm_pr are loaded.',
  ),
  boolValue(
    'modern-hotplug-events',
    true,
    'Use dedicated hotplug event mechanism in place of standard EPOW events when possible (required for memory ' +
      'hot-unplug support)',
  ),
  textValue(
    'max-cpu-compat',
    '',
    `Maximum permitted CPU compatibility mode. Valid values are ${COMPATIBILITY_MODES.join(', ')}.`,
    mode => {
      if (mode !== '' && !COMPATIBILITY_MODES.includes(mode))
        throw new QmpError(`Invalid compatibility mode "${mode}"`);
      return mode;
    },
  ),
  resizeHpt,
  vsmt,
  { name: 'vfio-no-msix-emulation', type: 'bool', get: () => true },
  integerValue('kernel-addr', KERNEL_ADDRESS, {
    type: 'uint64',
    range: UINT64,
    description: '0x400000 for -kernel is the default',
  }),
  boolValue('x-vof', false, 'Enable Virtual Open Firmware (experimental)'),
  icMode,
  textValue('host-model', '', 'Host model to advertise in guest device tree'),
  textValue('host-serial', '', 'Host serial number to advertise in guest device tree'),
  boolValue('hmat', false, 'Set on/off to enable/disable ACPI Heterogeneous Memory Attribute Table (HMAT)'),
];

/** Those of machines that can have NVDIMMs. */
export const NVDIMM = nvdimmProperties(true);
