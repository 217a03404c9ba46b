import { isaPart, keyboardLink } from '../isa/types.ts';
import { legacyText } from '../qdev/link-property.ts';
import { bit, uint8, uint32 } from '../qdev/properties.ts';
import type { TypeInfo } from '../qom/type.ts';

/** What only PCs have on their ISA bus. */
export const PC_ISA_TYPES: readonly TypeInfo[] = [
  isaPart(
    'vmport',
    [
      bit('x-read-set-eax', true),
      bit('x-signal-unsupported-cmd', true),
      bit('x-report-vmx-type', true),
      bit('x-cmds-v2', true),
      uint32('vmware-vmx-version', 6),
      uint8('vmware-vmx-type', 2),
    ],
    { class: { userCreatable: false } },
  ),
  isaPart('vmmouse', [keyboardLink, legacyText(keyboardLink.name)], { class: { category: 'input' } }),
  isaPart('port92', [], {
    class: { userCreatable: false, ports: [['port92', 1, 0x92]], lines: [{ name: 'a20', outputs: 1 }] },
  }),
];
