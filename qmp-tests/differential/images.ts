/** Files for block nodes. */
const CLUSTER_BITS = 16;
const CLUSTER = 1 << CLUSTER_BITS;
const IMAGE_SIZE = 1 << 20;
/** Offsets, in clusters: the header, a table of reference counts, a block of them, a table of clusters. */
const [REFCOUNT_TABLE, REFCOUNT_BLOCK, L1_TABLE, CLUSTERS] = [1, 2, 3, 4] as const;

/** An empty image in the format qcow2, version 3 (qcow2 specification, "Header"). */
function qcow2(): Uint8Array {
  const image = new DataView(new ArrayBuffer(CLUSTERS * CLUSTER));
  image.setUint32(0, 0x514649fb);
  image.setUint32(4, 3);
  image.setUint32(20, CLUSTER_BITS);
  image.setBigUint64(24, BigInt(IMAGE_SIZE));
  image.setUint32(36, 1);
  image.setBigUint64(40, BigInt(L1_TABLE * CLUSTER));
  image.setBigUint64(48, BigInt(REFCOUNT_TABLE * CLUSTER));
  image.setUint32(56, 1);
  image.setUint32(96, 4);
  image.setUint32(100, 104);
  image.setBigUint64(REFCOUNT_TABLE * CLUSTER, BigInt(REFCOUNT_BLOCK * CLUSTER));
  for (let cluster = 0; cluster < CLUSTERS; cluster++)
    image.setUint16(REFCOUNT_BLOCK * CLUSTER + 2 * cluster, 1);
  return new Uint8Array(image.buffer);
}

/** What the made-up client finds in the folder. */
export function images(): Readonly<Record<string, Uint8Array>> {
  return { 'disk.raw': new Uint8Array(IMAGE_SIZE), 'disk.qcow2': qcow2(), 'empty.raw': new Uint8Array() };
}
