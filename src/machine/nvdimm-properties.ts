import { QmpError } from '../base/errors.ts';
import { boolValue, textValue } from '../qom/values.ts';

const PERSISTENCE = ['cpu', 'mem-ctrl'];

/** What a machine has that can have NVDIMMs. @param initial whether it does unless told otherwise */
export function nvdimmProperties(initial: boolean) {
  return {
    enabled: boolValue('nvdimm', initial, 'Set on/off to enable/disable NVDIMM instantiation'),
    persistence: textValue(
      'nvdimm-persistence',
      '',
      `Set NVDIMM persistenceValid values are ${PERSISTENCE.join(', ')}`,
      word => {
        if (!PERSISTENCE.includes(word))
          throw new QmpError(`-machine nvdimm-persistence=${word}: unsupported option`);
        return word;
      },
    ),
  } as const;
}
