import type { OptionListDefinition, ParameterType } from './option-list.ts';

/** The options written as `value,key=value`, by the names that `-set` and configuration files know them by. */
export const OPTION_LISTS = {
  accel: { name: 'accel', impliedKey: 'accel' },
  action: {
    name: 'action',
    merge: true,
    parameters: types('string', 'reboot shutdown panic watchdog'),
  },
  'add-fd': {
    name: 'add-fd',
    parameters: { ...types('number', 'fd set'), opaque: 'string' },
  },
  chardev: {
    name: 'chardev',
    impliedKey: 'backend',
    parameters: {
      ...types(
        'string',
        'backend path host port fd localaddr localport tls-creds tls-authz name chardev logfile',
      ),
      ...types(
        'boolean',
        'ipv4 ipv6 wait server delay nodelay telnet tn3270 websocket mux signal append logappend',
      ),
      ...types('boolean', 'mouse clipboard tight abstract'),
      ...types('number', 'to reconnect width height cols rows debug'),
      size: 'size',
    },
  },
  device: { name: 'device', impliedKey: 'driver' },
  drive: { name: 'drive' },
  fw_cfg: { name: 'fw_cfg', impliedKey: 'name', parameters: types('string', 'name file string gen_id') },
  global: { name: 'global', parameters: types('string', 'driver property value') },
  guest: { name: 'guest', impliedKey: 'model' },
  icount: {
    name: 'icount',
    impliedKey: 'shift',
    merge: true,
    parameters: { ...types('string', 'shift rr rrfile rrsnapshot'), ...types('boolean', 'align sleep') },
  },
  memory: {
    name: 'memory',
    impliedKey: 'size',
    merge: true,
    parameters: { size: 'size', slots: 'number', maxmem: 'size' },
  },
  mon: {
    name: 'mon',
    impliedKey: 'chardev',
    parameters: { ...types('string', 'mode chardev'), pretty: 'boolean' },
  },
  msg: { name: 'msg', parameters: types('boolean', 'timestamp guest-name') },
  name: {
    name: 'name',
    impliedKey: 'guest',
    merge: true,
    parameters: { ...types('string', 'guest process'), 'debug-threads': 'boolean' },
  },
  net: { name: 'net', impliedKey: 'type' },
  netdev: { name: 'netdev', impliedKey: 'type' },
  nic: { name: 'nic', impliedKey: 'type' },
  numa: { name: 'numa', impliedKey: 'type' },
  object: { name: 'object', impliedKey: 'qom-type' },
  overcommit: { name: 'overcommit', parameters: types('boolean', 'mem-lock cpu-pm') },
  rtc: { name: 'rtc', merge: true, parameters: types('string', 'base clock driftfix') },
  sandbox: {
    name: 'sandbox',
    impliedKey: 'enable',
    parameters: { enable: 'boolean', ...types('string', 'obsolete elevateprivileges spawn resourcecontrol') },
  },
  tpmdev: { name: 'tpmdev', impliedKey: 'type' },
  trace: { name: 'trace', impliedKey: 'enable', parameters: types('string', 'enable events file') },
} as const satisfies Readonly<Record<string, OptionListDefinition>>;

export type OptionListName = keyof typeof OPTION_LISTS;

/** The parameters of the two options whose values go to the machine as a tree, for `-smp help` and `-boot help`. */
export const MACHINE_PARAMETERS = {
  'smp-opts': types('number', 'cpus sockets dies clusters cores threads maxcpus'),
  'boot-opts': {
    ...types('string', 'order once splash'),
    ...types('number', 'splash-time reboot-timeout'),
    ...types('boolean', 'menu strict'),
  },
} as const;

function types(type: ParameterType, names: string): Readonly<Record<string, ParameterType>> {
  return Object.fromEntries(names.split(' ').map(name => [name, type]));
}
