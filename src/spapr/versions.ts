import { changesAfter } from '../machine/compat.ts';
import type { TypeGlobals } from '../qom/type.ts';
import { PHB_PLACEMENT, PHB_PLACEMENT_2_7, type PhbPlacement } from './phb-placement.ts';

/** How a version of the pseries machine is made, and what it can do. */
export interface SpaprVersion {
  /** What follows `pseries-` in its name. */
  readonly name: string;
  /** What its devices begin with, later tables in place of earlier ones. */
  readonly globals: readonly TypeGlobals[];
  /** The processor unless another is asked for, by its model's name. */
  readonly cpuModel: string;
  /** Whether memory may be given to NUMA nodes without a backend. */
  readonly numaMem: boolean;
  /** Whether processors that are not said where to be are sockets, rather than cores of one socket. */
  readonly prefersSockets: boolean;
  /** What can come and go at run time, PCI functions aside. */
  readonly hasCpuHotplug: boolean;
  readonly hasPhbHotplug: boolean;
  readonly hasMemoryHotplug: boolean;
  readonly hasNvdimm: boolean;
  /** The interrupt controller unless another is asked for; `legacy` machines have no choice. */
  readonly icMode: 'dual' | 'xics' | 'legacy';
  /** Interrupt sources of the older controller. */
  readonly icsSources: number;
  /** By how many numbers cores are apart, at least; more where a core has more threads. */
  readonly minVsmt: number;
  readonly resizeHpt: 'enabled' | 'disabled';
  readonly placement: PhbPlacement;
  /** The USB controller that comes with a display. */
  readonly usbController: 'nec-usb-xhci' | 'pci-ohci';
  /** Whether bridges have a place for NVLink's memory and registers. */
  readonly hasNvlink: boolean;
  /** Whether assigned devices need a bridge of their own kind, or may have one as they once had. */
  readonly vfioBridge: 'needed' | 'deprecated' | 'none';
  /** Whether any bridge has EEH for assigned devices, or only the kind that is theirs. */
  readonly hasEehEverywhere: boolean;
  /** Capabilities that are not as the newest version has them, as a user would write them. */
  readonly capabilities: Readonly<Record<string, string>>;
}

export const NEWEST: SpaprVersion = {
  name: '7.2',
  globals: [],
  cpuModel: 'power9_v2.0',
  numaMem: false,
  prefersSockets: false,
  hasCpuHotplug: true,
  hasPhbHotplug: true,
  hasMemoryHotplug: true,
  hasNvdimm: true,
  icMode: 'dual',
  icsSources: 4096,
  minVsmt: 1,
  resizeHpt: 'enabled',
  placement: PHB_PLACEMENT,
  usbController: 'nec-usb-xhci',
  hasNvlink: true,
  vfioBridge: 'none',
  hasEehEverywhere: true,
  capabilities: {},
};

/** What is unlike in a version, compared to the next newer one. */
interface Step extends Partial<Omit<SpaprVersion, 'name' | 'globals'>> {
  /** What this platform's own devices begin with. */
  readonly globals?: TypeGlobals;
}

const PHB = 'spapr-pci-host-bridge';
const CPU = 'powerpc64-cpu';
const CORE = 'spapr-cpu-core';

/** Where the 32-bit window was longer than 2 GiB, what is beyond became the 64-bit window. */
const OLD_MMIO_SIZE = '0xf80000000';
const OLDEST_MMIO_SIZE = '0x20000000';

/** The history backwards. */
const STEPS: readonly (readonly [name: string, step: Step])[] = [
  ['7.1', {}],
  ['7.0', {}],
  ['6.2', {}],
  ['6.1', { prefersSockets: true }],
  ['6.0', {}],
  ['5.2', {}],
  ['5.1', {}],
  ['5.0', { numaMem: true, globals: { [PHB]: { 'pre-5.1-associativity': 'on' } } }],
  ['4.2', { hasNvdimm: false, capabilities: { 'cap-ccf-assist': 'off', 'cap-fwnmi': 'off' } }],
  ['4.1', { minVsmt: 8, globals: { [PHB]: { pgsz: '0x11000' } } }],
  ['4.0', { icMode: 'xics', hasNvlink: false }],
  [
    '3.1',
    {
      cpuModel: 'power8_v2.0',
      hasPhbHotplug: false,
      capabilities: {
        'cap-cfpc': 'broken',
        'cap-sbbc': 'broken',
        'cap-ibs': 'broken',
        'cap-large-decr': 'off',
      },
    },
  ],
  ['3.0', { icMode: 'legacy', icsSources: 1024 }],
  [
    '2.12',
    {
      capabilities: { 'cap-hpt-max-page-size': '0x400000000' },
      globals: { [CPU]: { 'pre-3.0-migration': 'on' }, [CORE]: { 'pre-3.0-migration': 'on' } },
    },
  ],
  ['2.11', { vfioBridge: 'deprecated', capabilities: { 'cap-htm': 'on' } }],
  ['2.10', {}],
  ['2.9', { resizeHpt: 'disabled', globals: { [CPU]: { 'pre-2.10-migration': 'on' } } }],
  ['2.8', { globals: { [PHB]: { 'pcie-extended-configuration-space': 'off' } } }],
  [
    '2.7',
    {
      cpuModel: 'power7_v2.3',
      placement: PHB_PLACEMENT_2_7,
      globals: {
        [PHB]: { mem_win_size: OLD_MMIO_SIZE, mem64_win_size: '0', 'pre-2.8-migration': 'on' },
        [CPU]: { 'pre-2.8-migration': 'on' },
        'spapr-machine': { 'modern-hotplug-events': 'off' },
      },
    },
  ],
  ['2.6', { hasCpuHotplug: false, globals: { [PHB]: { ddw: 'off' } } }],
  [
    '2.5',
    {
      vfioBridge: 'needed',
      hasEehEverywhere: false,
      usbController: 'pci-ohci',
      globals: { 'spapr-vlan': { 'use-rx-buffer-pools': 'off' } },
    },
  ],
  ['2.4', { hasMemoryHotplug: false }],
  ['2.3', { globals: { [PHB]: { 'dynamic-reconfiguration': 'off' } } }],
  [
    '2.2',
    {
      globals: {
        [PHB]: { mem_win_size: OLDEST_MMIO_SIZE },
        'spapr-machine': { 'suppress-vmdesc': 'on' },
      },
    },
  ],
  ['2.1', {}],
];

/** A machine of 2.12 that promises more of what guards against speculation. */
const SXXM: readonly [of: string, capabilities: SpaprVersion['capabilities']] = [
  '2.12',
  { 'cap-cfpc': 'workaround', 'cap-sbbc': 'workaround', 'cap-ibs': 'fixed-ccd' },
];

/** Every version, the newest first. */
export const SPAPR_VERSIONS: readonly SpaprVersion[] = history();

function history(): readonly SpaprVersion[] {
  const versions = [NEWEST];
  let next = NEWEST;
  for (const [name, { globals = {}, capabilities = {}, ...step }] of STEPS) {
    const version = {
      ...next,
      ...step,
      name,
      globals: [...next.globals, changesAfter(name), globals],
      capabilities: { ...next.capabilities, ...capabilities },
    };
    versions.push(version);
    const [sxxmOf, more] = SXXM;
    if (name === sxxmOf) {
      versions.push({
        ...version,
        name: `${name}-sxxm`,
        capabilities: { ...version.capabilities, ...more },
      });
    }
    next = version;
  }
  return versions;
}
