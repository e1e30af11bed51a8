/** Names of feature fields inside an entity's Redis hash. */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** MurmurHash3 x86_32 with seed 0, as an unsigned 32-bit number. */
export function murmur3x86(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyBytes = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < bodyBytes; at += 4) {
    hash ^= mixBlock(view.getUint32(at, true));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= bodyBytes; at -= 1) tail = (tail << 8) | view.getUint8(at);
  hash ^= mixBlock(tail) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixBlock(block: number): number {
  const mixed = Math.imul(block, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}

/** The 4-byte field of a feature (feast/infra/online_stores/helpers.py:_mmh3 of `view:feature`). */
export function featureField(storageName: string, featureName: string): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(murmur3x86(Buffer.from(`${storageName}:${featureName}`, "utf8")));
  return field;
}

/** The field of a view's event timestamp (feast/infra/online_stores/redis.py:online_write_batch). */
export function timestampField(storageName: string): string {
  return `_ts:${storageName}`;
}
