import { QmpError } from '../base/errors.ts';
import { hypercallOpcode } from '../spapr/hypercalls.ts';
import { SpaprPhb } from '../spapr/phb.ts';
import { type CommandHandlers, spaprMachine } from './context.ts';

/** An RTAS argument buffer has 16 words (PAPR 2.7, 7.2.8). */
const MAX_RETURN_WORDS = 16;

export const xSpaprCommands: CommandHandlers<'x-query-tce-tables' | 'x-hcall' | 'x-rtas'> = {
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
  'x-rtas': (context, { name, args, nret }) => {
    if (nret > MAX_RETURN_WORDS)
      throw new QmpError(`Parameter 'nret' expects a value of at most ${MAX_RETURN_WORDS}`);
    const words = args.map(word => Number(BigInt.asUintN(32, BigInt(word))));
    const ret = spaprMachine(context).rtas(name, words, nret);
    if (ret === undefined) throw new QmpError(`RTAS service '${name}' not found`);
    return { ret };
  },
};
