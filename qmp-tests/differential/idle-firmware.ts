/** Instructions of a guest that asks to sleep, and asks again whenever it is woken (Power ISA 3.0). */
const SLEEP = [
  0x3c807fff, // lis r4,0x7fff
  0x7c9603a6, // mtdec r4: the next interrupt as late as can be
  0x386000e0, // li r3,H_CEDE
  0x44000022, // sc 1
  0x4bfffff0, // b to the start
];

/** Every interrupt begins at a multiple of this, the reset included, bytes. */
const VECTOR_STRIDE = 0x100;
const SIZE = 0x4000;

/** A PC begins 16 bytes before the end of its firmware, in real mode: hlt, and again if it wakes. */
const PC_SIZE = 0x40000;
const PC_RESET = -16;
const HALT = [0xf4, 0xeb, 0xfd];

/**
 * Firmware for pseries that does nothing, wherever execution begins: a running guest that never answers,
 * uses no processor time and changes no device, unlike the firmware that comes with QEMU.
 */
export function idleFirmware(): Uint8Array {
  const image = new DataView(new ArrayBuffer(SIZE));
  for (let vector = 0; vector < SIZE; vector += VECTOR_STRIDE) {
    for (const [index, instruction] of SLEEP.entries()) image.setUint32(vector + 4 * index, instruction);
  }
  return new Uint8Array(image.buffer);
}

/** The same for a PC. */
export function idlePcFirmware(): Uint8Array {
  const image = new Uint8Array(PC_SIZE);
  image.set(HALT, PC_SIZE + PC_RESET);
  return image;
}
