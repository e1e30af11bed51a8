/** Slot of a Redis Cluster key (cluster.c:keyHashSlot, CRC16 of XMODEM), over the key's bytes. The product's own code is not used here. */

const SLOTS = 16_384;
const OPENING = 0x7b;
const CLOSING = 0x7d;

export function keySlot(key: Buffer): number {
  const open = key.indexOf(OPENING);
  const close = open < 0 ? -1 : key.indexOf(CLOSING, open + 1);
  return crc16(close > open + 1 ? key.subarray(open + 1, close) : key) % SLOTS;
}

function crc16(bytes: Buffer): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff;
  }
  return crc;
}
