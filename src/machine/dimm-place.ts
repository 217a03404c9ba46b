import { int32, uint32, uint64 } from '../qdev/properties.ts';

/** The slot of a module whose slot the machine is to choose. */
export const DIMM_SLOT_UNASSIGNED = -1;

/** Where a memory module is: near which node, at which address, in which socket. */
export const dimmNode = uint32('node', 0);
/** 0 for one that the machine is to choose. */
export const dimmAddress = uint64('addr', 0n);
export const dimmSlot = int32('slot', DIMM_SLOT_UNASSIGNED);
