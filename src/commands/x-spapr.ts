import { QmpError } from '../base/errors.ts';
import { hypercallOpcode } from '../spapr/hypercalls.ts';
import { SpaprPhb } from '../spapr/phb.ts';
import { type CommandHandlers, spaprMachine } from './context.ts';

export const xSpaprCommands: CommandHandlers<'x-query-tce-tables' | 'x-hcall'> = {
  'x-query-tce-tables': context =>
    spaprMachine(context).tceTables.map(table => ({
      'qom-path': table.path,
      ...(table.parent instanceof SpaprPhb ? { phb: table.parent.index } : {}),
      liobn: table.liobn,
      'bus-offset': table.window.busOffset,
      'page-shift': table.window.pageShift,
      'nb-table': table.window.entries,
      'need-vfio': table.needVfio,
      accelerated: table.accelerated,
      mapped: table.entries.present,
    })),
  'x-hcall': (context, { name, opcode, args }) => {
    const number = name === undefined ? opcode : hypercallOpcode(name);
    if (name === undefined && opcode === undefined) throw new QmpError("Parameter 'name' is missing");
    if (name !== undefined && opcode !== undefined)
      throw new QmpError("Parameters 'name' and 'opcode' are mutually exclusive");
    if (number === undefined) throw new QmpError(`Hypercall '${name}' not found`);
    return spaprMachine(context).hypercall(Number(number), args.map(BigInt));
  },
};
