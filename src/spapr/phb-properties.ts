/** Properties of PCI host bridges. */
import { bool, uint32, uint64 } from '../qdev/properties.ts';
import { MMIO32_SIZE, MMIO64_SIZE, PIO_SIZE } from './phb-placement.ts';

export const INDEX_UNSET = 0xffffffff;
export const NUMA_UNSET = 0xffffffff;
/** Page sizes for windows that a guest makes: 4K, 64K, 2M, 16M, one bit each. */
const DEFAULT_PAGE_SIZES = 0x1211000n;

export const index = uint32('index', INDEX_UNSET);
export const dmaWinAddr = uint64('dma_win_addr', 0n);
export const dmaWinSize = uint64('dma_win_size', 0x40000000n);
export const memWinSize = uint64('mem_win_size', MMIO32_SIZE);
export const mem64WinSize = uint64('mem64_win_size', MMIO64_SIZE);
export const ioWinSize = uint64('io_win_size', PIO_SIZE);
export const numaNode = uint32('numa_node', NUMA_UNSET);
export const gpa = uint64('gpa', 0n);
export const atsd = uint64('atsd', 0n);
export const dma64WinAddr = uint64('dma64_win_addr', 0x800000000000000n);
/** Whether the guest may make windows of its own. */
export const ddw = bool('ddw', true);
/** Their page sizes, one bit each. */
export const pageSizes = uint64('pgsz', DEFAULT_PAGE_SIZES);
export const dynamicReconfiguration = bool('dynamic-reconfiguration', true);
